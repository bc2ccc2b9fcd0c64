"""Imports: the register's acts and control points from CSV, all or nothing, every mistake named by line."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from sqlmodel import Session, select

from checkpoints.agencies import AGENCIES
from checkpoints.control_points import (
    POINT_HALF_WIDTH_KM,
    TOWN_HALF_WIDTH_KM,
    Stretch,
    format_stretches,
    parse_stretches,
)
from checkpoints.register import EVERYWHERE, ControlActRecord, ControlPointRecord
from tracker.gazetteer import CorridorRecord
from tracker.imports import UNSAID, Imported, merged
from tracker.sheets import Row, Sheet
from tracker.slugs import slug

ALIASES = {
    "lat": "latitude",
    "lon": "longitude",
    "legal_basis": "act",
    "source_url": "source",
    "coord_kind": "basis_said",
    "act_title": "act",
}
# `ABJ-LOS@116km(off 0.2)`: where on a corridor a place lies, as the field's own tables write it.
AT_KM = re.compile(r"([A-Za-z0-9_-]{1,40})@(\d+(?:\.\d+)?)\s*km(?:\(off [\d.]+\))?")


def import_control_points(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import control points from CSV.

    Columns: name, country; id, act_id (or act: a title, from which an act is made), status (authorised, uncertain),
    basis (town_entries_exits, point), latitude, longitude, intervals (`ABJ-LOS@107.8-123.8;..`) or on_corridor
    (`ABJ-LOS@116km;..`, widened by the basis), source, licence, valid_from, valid_to.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("name", "country"), ALIASES)
    corridors = set(session.exec(select(CorridorRecord.id)))
    acts = {act.id: act for act in session.exec(select(ControlActRecord))}
    made: dict[str, ControlActRecord] = {}

    def record(row: Row) -> ControlPointRecord:
        name, country = row.needed("name"), row.country("country")
        said = row.text("basis_said")
        basis = "town_entries_exits" if "entry" in said else "point"
        basis = row.choice("basis", ("town_entries_exits", "point"), basis)
        status = row.choice("status", ("authorised", "authorised?", "uncertain"), "authorised")
        point, (start, end) = row.point(country=country, optional=True), row.interval()
        cited = row.text("source", source)
        act_id = row.text("act_id")
        if act_id and act_id not in acts:
            row.refuse("unknown_act", "act_id", value=act_id[:60])
        elif not act_id:
            title = row.needed("act")
            act_id = f"{country.lower()}-{slug(title)}"[:40].strip("-")
            if title and act_id not in acts:
                made[act_id] = ControlActRecord(
                    id=act_id, title=title, country=country, precision="unknown", source=cited, valid_from=start
                )
        return ControlPointRecord(
            id=row.identifier("id", f"{country}-{slug(name)}"[:40]), name=name, country=country, act_id=act_id,
            status="authorised" if status == "authorised" else "uncertain", basis=basis,
            latitude=point and point[0], longitude=point and point[1],
            stretches=format_stretches(_stretches(row, basis, corridors)), source=cited, licence=row.text("licence"),
            valid_from=start, valid_to=end,
        )  # fmt: skip

    result = merged(session, "control-points", sheet, ControlPointRecord, ("id",), record, on)
    session.add_all(made.values())
    session.flush()
    return result


def import_control_acts(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import acts from CSV.

    Columns: id, title, country, coverage (`*` or intervals); agency, precision, source, valid_from, valid_to.

    An act is known by its id: one that is there already stays as it is.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("id", "title", "country", "coverage"))
    known = {act.id for act in session.exec(select(ControlActRecord))}
    corridors = set(session.exec(select(CorridorRecord.id)))
    seen: dict[str, ControlActRecord] = {}
    for row in sheet:
        identifier, title, country = row.identifier("id"), row.needed("title"), row.country("country")
        coverage = row.text("coverage")
        if coverage != EVERYWHERE:
            _check_corridors(row, "coverage", row.read("coverage", parse_stretches, "bad_interval") or (), corridors)
        agency = row.choice("agency", ("", *AGENCIES))
        start, end = row.interval()
        if identifier in seen:
            row.refuse("duplicate_id", "id", value=identifier)
        seen[identifier] = ControlActRecord(
            id=identifier, title=title, country=country, coverage=coverage, agency=agency,
            precision=row.text("precision", "day"), source=row.text("source", source), valid_from=start, valid_to=end,
        )  # fmt: skip
    sheet.refuse_if_bad()
    fresh = [act for identifier, act in seen.items() if identifier not in known]
    session.add_all(fresh)
    session.flush()
    return Imported("control-acts", len(fresh), 0, len(seen) - len(fresh))


def _stretches(row: Row, basis: str, corridors: Collection[str]) -> tuple[Stretch, ...]:
    """Return the kilometres of a row, as given or made from where the place lies on its corridors."""
    if row.text("intervals"):
        stretches = row.read("intervals", parse_stretches, "bad_interval") or ()
        _check_corridors(row, "intervals", stretches, corridors)
        return stretches
    half = TOWN_HALF_WIDTH_KM if basis == "town_entries_exits" else POINT_HALF_WIDTH_KM
    made = []
    for part in filter(None, (piece.strip() for piece in row.text("on_corridor").split(";"))):
        if match := AT_KM.fullmatch(part):
            km = float(match[2])
            made.append(Stretch(match[1], max(0.0, km - half), km + half))
        else:
            row.refuse("bad_interval", "on_corridor", value=part[:60])
    _check_corridors(row, "on_corridor", made, corridors)
    return tuple(made)


def _check_corridors(row: Row, column: str, stretches: Collection[Stretch], corridors: Collection[str]) -> None:
    for stretch in stretches:
        if stretch.corridor_id not in corridors:
            row.refuse("unknown_corridor", column, value=stretch.corridor_id[:60])
