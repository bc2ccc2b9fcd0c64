"""Imports: geography from people's files, all or nothing, with every mistake named by line.

Each importer reads the whole file first and refuses it with every reason; only a file without a mistake changes the
database, inside the caller's transaction. Dated facts are merged: a new fact about a known thing closes the old one's
interval, and nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlmodel import Session, SQLModel, select

from tracker.gazetteer import AgencyPointRecord, BorderPostRecord, DatedRecord, HubRecord, PostStateRecord
from tracker.places import POST_STATUSES
from tracker.sheets import Row, Sheet
from tracker.slugs import slug
from tracker.validity import overlaps

ALIASES = {
    "lat": "latitude",
    "lon": "longitude",
    "lng": "longitude",
    "crossing_lat": "crossing_latitude",
    "crossing_lon": "crossing_longitude",
    "counterpart_post": "counterpart_name",
    "confidence": "position_confidence",
    "state": "status",
    "post": "post_id",
}
UNSAID = "not stated"  # an imported row whose file names no source carries the file's name instead
BOOKKEEPING = {"row_id", "valid_from", "valid_to"}

Record = TypeVar("Record", bound=DatedRecord)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows added, earlier rows whose interval it closed, rows that were known already."""

    kind: str
    added: int = 0
    closed: int = 0
    unchanged: int = 0


def import_hubs(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import hubs from CSV: name, country, latitude, longitude; id, kind, source, licence, valid_from, valid_to.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("name", "country", "latitude", "longitude"), ALIASES)

    def record(row: Row) -> HubRecord | None:
        name, country = row.needed("name"), row.country("country")
        point, (start, end) = row.point(country=country), row.interval()
        identifier = row.identifier("id", slug(name))
        kind = row.choice("kind", ("city", "junction"), "city")
        said, licence = row.text("source", source), row.text("licence")
        return point and HubRecord(
            id=identifier, name=name, country=country, latitude=point[0], longitude=point[1], kind=kind,
            source=said, licence=licence, valid_from=start, valid_to=end,
        )  # fmt: skip

    return merged(session, "hubs", sheet, HubRecord, ("id",), record, on)


def import_border_posts(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import border posts, one side each, from CSV.

    Columns: id, name, country, latitude, longitude; counterpart_id, counterpart_name, counterpart_country,
    crossing_latitude, crossing_longitude, position_confidence, joint, source, licence, valid_from, valid_to.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("id", "name", "country", "latitude", "longitude"), ALIASES)

    def record(row: Row) -> BorderPostRecord | None:
        identifier, name, country = row.identifier("id"), row.needed("name"), row.country("country")
        if identifier and country and not identifier.startswith(f"{country}-"):
            row.refuse("id_not_of_country", "id", value=identifier, country=country)
        point, crossing = row.point(country=country), row.point("crossing_", optional=True)
        other_id, other_country = row.text("counterpart_id"), row.country("counterpart_country", optional=True)
        joint, (start, end) = row.choice("joint", ("", "yes", "no")), row.interval()
        confidence = row.choice("position_confidence", ("high", "medium", "low"), "medium")
        said, licence = row.text("source", source), row.text("licence")
        return point and BorderPostRecord(
            id=identifier, name=name, country=country, counterpart_id=other_id or None,
            counterpart_name=row.text("counterpart_name"), counterpart_country=other_country or None,
            latitude=point[0], longitude=point[1], crossing_latitude=crossing and crossing[0],
            crossing_longitude=crossing and crossing[1], position_confidence=confidence,
            is_joint=None if not joint else joint == "yes", source=said, licence=licence,
            valid_from=start, valid_to=end,
        )  # fmt: skip

    return merged(session, "border-posts", sheet, BorderPostRecord, ("id",), record, on)


def import_agency_points(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import agencies' points at posts from CSV, with geofence and hours.

    Columns: post_id, latitude, longitude, radius_m; agency (empty: all of the post), radius_basis, place, opens,
    closes, holiday_opens, holiday_closes (HH:MM local time, to 24:00), hours_source, source, licence, valid_from,
    valid_to.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("post_id", "latitude", "longitude", "radius_m"), ALIASES)
    known = set(session.exec(select(BorderPostRecord.id)))

    def record(row: Row) -> AgencyPointRecord | None:
        post_id = _known_post(row, known)
        agency = row.identifier("agency") if row.text("agency") else None
        point, radius_m = row.point(), row.number("radius_m", 1, 20_000)
        if not row.text("radius_m"):
            row.needed("radius_m")
        hours = {name: row.minute(name) for name in ("opens", "closes", "holiday_opens", "holiday_closes")}
        start, end = row.interval()
        place = row.choice("place", ("crossing", "post", "agency"), "agency")
        if point is None or radius_m is None:
            return None
        return AgencyPointRecord(
            post_id=post_id, agency=agency, latitude=point[0], longitude=point[1], radius_m=radius_m,
            radius_basis=row.text("radius_basis", "imported"), place=place, **hours,
            hours_source=row.text("hours_source"), source=row.text("source", source), licence=row.text("licence"),
            valid_from=start, valid_to=end,
        )  # fmt: skip

    return merged(session, "agency-points", sheet, AgencyPointRecord, ("post_id", "agency"), record, on)


def import_post_states(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import dated states of posts from CSV: post_id, status, valid_from; valid_to, precision, source.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("post_id", "status", "valid_from"), ALIASES)
    known = set(session.exec(select(BorderPostRecord.id)))

    def record(row: Row) -> PostStateRecord:
        post_id, status = _known_post(row, known), row.choice("status", POST_STATUSES)
        row.needed("valid_from")
        start, end = row.interval()
        precision = row.choice("precision", ("day", "month", "year"), "day")
        return PostStateRecord(
            post_id=post_id, status=status, source=row.text("source", source), precision=precision,
            valid_from=start, valid_to=end,
        )  # fmt: skip

    return merged(session, "post-states", sheet, PostStateRecord, ("post_id",), record, on)


def _known_post(row: Row, known: set[str]) -> str:
    post_id = row.identifier("post_id")
    if post_id and post_id not in known:
        row.refuse("unknown_border_post", "post_id", value=post_id[:60])
    return post_id


def merged(
    session: Session,
    kind: str,
    sheet: Sheet,
    table: type[Record],
    key: Sequence[str],
    make: Callable[[Row], Record | None],
    on: date,
) -> Imported:
    """Make a record of each row, refuse the file if anything is wrong, and merge the records into their table.

    A record of a known key (same values in the `key` columns) that names no `valid_from` holds from the day `on`. It
    closes the interval of the fact that held until then; an overlap with any other is refused.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    made = [(row, record) for row in sheet if (record := make(row)) is not None]
    sheet.refuse_if_bad()
    groups: dict[tuple[object, ...], list[Record]] = {}
    for old in session.exec(select(table)):
        groups.setdefault(_values(old, key), []).append(old)
    seen: dict[tuple[object, ...], list[tuple[int, Record]]] = {}
    added, ended, unchanged = list[Record](), list[tuple[Record, date | None]](), 0
    for row, record in made:
        identity = _values(record, key)
        clash = next((line for line, other in seen.get(identity, []) if overlaps(record, other)), None)
        if clash is not None:
            row.refuse("duplicate_or_overlapping", key[0], first_line=clash, value=str(identity[0]))
            continue
        seen.setdefault(identity, []).append((row.line, record))
        group = groups.get(identity, [])
        if any(_same(record, old) for old in group):
            unchanged += 1
            continue
        if group and record.valid_from is None:
            record.valid_from = on
        for old in group:
            if old.valid_to is None and (old.valid_from or date.min) <= (record.valid_from or date.min):
                ended.append((old, record.valid_from))
            elif overlaps(record, old):
                row.refuse("overlapping_validity", "valid_from", value=str(identity[0]), **_bounds(old))
        added.append(record)
    sheet.refuse_if_bad()
    for old, last in ended:
        old.valid_to = last
    session.add_all(added)
    session.flush()
    return Imported(kind, len(added), len(ended), unchanged)


def _values(record: SQLModel, names: Sequence[str]) -> tuple[object, ...]:
    return tuple(getattr(record, name) for name in names)


def _bounds(record: DatedRecord) -> dict[str, str | None]:
    start, end = record.valid_from, record.valid_to
    return {"valid_from": start.isoformat() if start else None, "valid_to": end.isoformat() if end else None}


def _same(record: DatedRecord, old: DatedRecord) -> bool:
    """Say whether an imported record tells what an old one tells: same facts, and no other interval."""
    if record.model_dump(exclude=BOOKKEEPING) != old.model_dump(exclude=BOOKKEEPING):
        return False
    if record.valid_from is None and record.valid_to is None:
        return old.valid_to is None
    return (record.valid_from, record.valid_to) == (old.valid_from, old.valid_to)
