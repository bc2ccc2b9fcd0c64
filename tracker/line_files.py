"""Line files: corridor lines from GeoJSON, checked feature by feature, added as new versions.

A feature is a LineString with `id` (or `corridor`) of its corridor, from the corridor's origin to its destination. Its
kilometres come from the property `km` (one number a vertex) or from the third coordinate; without them they are
measured along the drawing (geodesic) and, where `length_km` says how long the road is, stretched to it. A corridor
that is not known yet is made from the feature: `name`, `kind`, and the hubs and border posts it passes.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlmodel import Session, func, select

from tracker.errors import BadFile, Reason
from tracker.gazetteer import CorridorRecord, LineRecord, MilestoneRecord
from tracker.geo import Floats
from tracker.imports import UNSAID, Imported
from tracker.line_features import DrawnLine, FeatureReader
from tracker.lines import Line
from tracker.route_finding import Surroundings, ends_of, milestones_along
from tracker.sheets import decoded


def import_lines(
    session: Session,
    data: bytes,
    on: date,
    source: str = UNSAID,
    valid_from: date | None = None,
    *,
    quality: str = "imported",
) -> Imported:
    """Import corridor lines from GeoJSON as new versions recorded on the day `on`.

    `valid_from` (or a feature's own) tells that the road itself changed then; without it a line is a better drawing
    of the same road, for every day.

    Raises:
        BadFile: with every reason by feature number (from 1); nothing was imported.
    """
    reasons: list[Reason] = []
    collection_licence, features = _features(decoded(data))
    surroundings = Surroundings.read(session)
    known = {record.id: record for record in session.exec(select(CorridorRecord))}
    drawn: dict[str, DrawnLine] = {}
    for number, feature in enumerate(features, start=1):
        reader = FeatureReader(number, reasons)
        line = reader.line(feature)
        if line is None:
            continue
        if line.corridor_id in drawn:
            reader.refuse("duplicate_id", "properties.id", value=line.corridor_id)
        reader.check_ends(line, known.get(line.corridor_id), surroundings)
        drawn[line.corridor_id] = line
    if reasons:
        raise BadFile(reasons=reasons)
    added = closed = unchanged = 0
    for line in drawn.values():
        if line.corridor_id not in known:
            _add_corridor(session, line, surroundings, source, rank=len(known) + added)
        record = LineRecord(
            corridor_id=line.corridor_id,
            version=1,
            quality=quality,
            source=str(line.properties.get("source") or source),
            licence=str(line.properties.get("licence") or line.properties.get("license") or collection_licence),
            valid_from=line.valid_from or valid_from,
            recorded_on=on,
            vertices=packed(line.latitudes, line.longitudes, line.kilometres),
        )
        if add_version(session, record):
            added, closed = added + 1, closed + (line.corridor_id in known)
        else:
            unchanged += 1
    session.flush()
    return Imported("corridor-lines", added, closed, unchanged)


def add_version(session: Session, record: LineRecord) -> bool:
    """Add a line as its corridor's next version; return False when the newest version says the same already."""
    mine = select(LineRecord).where(LineRecord.corridor_id == record.corridor_id)
    newest = session.exec(mine.order_by(func.coalesce(LineRecord.version, 0).desc()).limit(1)).first()
    if newest is not None:
        if (newest.vertices, newest.valid_from, newest.source) == (record.vertices, record.valid_from, record.source):
            return False
        record.version = newest.version + 1
    session.add(record)
    session.flush()
    return True


def packed(latitudes: Floats, longitudes: Floats, kilometres: Floats) -> str:
    """Return vertices as the JSON that `LineRecord` stores: degrees to about a decimetre, kilometres to a metre."""
    rows = zip(latitudes.tolist(), longitudes.tolist(), kilometres.tolist(), strict=True)
    return json.dumps([[round(a, 6), round(b, 6), round(c, 3)] for a, b, c in rows], separators=(",", ":"))


def _features(text: str) -> tuple[str, list[Any]]:
    """Return the collection's licence and its features.

    Raises:
        BadFile: not JSON, or neither a feature nor a collection of some.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise BadFile(reasons=[Reason("not_json", f"[{line}]", {"line": line})]) from None
    except RecursionError:
        raise BadFile(reasons=[Reason("not_json")]) from None
    if isinstance(document, dict) and document.get("type") == "Feature":
        return "", [document]
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise BadFile(reasons=[Reason("not_a_feature_collection")])
    if not document["features"]:
        raise BadFile(reasons=[Reason("file_empty")])
    return str(document.get("license") or document.get("licence") or ""), document["features"]


def _add_corridor(session: Session, line: DrawnLine, around: Surroundings, source: str, rank: int) -> None:
    """Add a corridor that was not known, with the hubs and posts its line passes."""
    road = Line(line.latitudes, line.longitudes, line.kilometres, "imported", source, "")
    origin, destination = ends_of(road, around)
    milestones = milestones_along(road, origin, destination, around)
    countries = {around.hubs[hub].country for hub in (origin, destination)}
    kind = "international" if len(countries) > 1 else "domestic"
    session.add(
        CorridorRecord(
            id=line.corridor_id,
            rank=rank,
            name=str(line.properties.get("name") or line.corridor_id),
            kind=line.properties.get("kind") or kind,
            origin=origin,
            destination=destination,
            source=str(line.properties.get("source") or source),
            licence=str(line.properties.get("licence") or line.properties.get("license") or ""),
        )
    )
    for seq, milestone in enumerate(milestones):
        session.add(
            MilestoneRecord(
                corridor_id=line.corridor_id,
                seq=seq,
                kind=milestone.kind,
                exit_place=milestone.exit_place,
                entry_place=milestone.entry_place,
                exit_country=milestone.exit_country,
                entry_country=milestone.entry_country,
                latitude=milestone.latitude,
                longitude=milestone.longitude,
            )
        )
