"""The security status of sections: imported with its source, set by hand, and compiled into what `Scope` asks.

Rows are never deleted. A restriction that is lifted ends on a day that is not past, so what was seen on its days stays
protected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from sqlmodel import Session, col, select

from tracker.corridors import Corridor
from tracker.gazetteer import SectionSecurityRecord
from tracker.geography import Geography, load_geography
from tracker.imports import ALIASES, UNSAID, Imported, merged
from tracker.restrictions import BESIDE_KM, NONE, Restrictions, Spell, spell
from tracker.sheets import Row, Sheet
from tracker.validity import holding

NORMAL, RESTRICTED = STATUSES = ("normal", "restricted")
COLUMNS: Final = ("section_id", "status", "valid_from", "valid_to", "source", "source_on")
# So near to a restricted section's line a point is taken to lie on it, by the quality of the line. Assumptions: a coarse
# line lies 17 km from the road at the 95th percentile.
NEAR_M = {"coarse": 20_000.0, "imported": 3_000.0, "routed": 3_000.0}


def import_security_statuses(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import the security status of sections from CSV: section_id, status, valid_from, source_on; valid_to, source.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("section_id", "status", "valid_from", "source_on"), ALIASES | {"section": "section_id"})
    known = {*load_geography(session, on).sections, *session.exec(select(SectionSecurityRecord.section_id))}
    standing = {
        row.section_id: row for row in list_statuses(session) if row.status == RESTRICTED and row.valid_to is None
    }

    def record(row: Row) -> SectionSecurityRecord | None:
        section_id, status = row.needed("section_id"), row.choice("status", STATUSES)
        if section_id and section_id not in known:
            row.refuse("unknown_section", "section_id", value=section_id[:120])
        row.needed("valid_from")
        row.needed("source_on")
        (start, end), said_on = row.interval(), row.day("source_on")
        now = standing.get(section_id)
        if now is not None and status == NORMAL and start is not None and (now.valid_from or start) <= start < on:
            row.refuse("lifted_in_the_past", "valid_from", value=start.isoformat())
        if start is None or said_on is None:
            return None
        return SectionSecurityRecord(
            section_id=section_id, status=status, source=row.text("source", source) or UNSAID, source_on=said_on,
            valid_from=start, valid_to=end,
        )  # fmt: skip

    return merged(session, "security-status", sheet, SectionSecurityRecord, ("section_id",), record, on)


def list_statuses(session: Session, section_id: str | None = None) -> list[SectionSecurityRecord]:
    """Return what was said of sections, of one only if one is named; by section, the newest first."""
    query = select(SectionSecurityRecord)
    if section_id is not None:
        query = query.where(SectionSecurityRecord.section_id == section_id)
    newest = col(SectionSecurityRecord.valid_from).desc()
    return list(session.exec(query.order_by(col(SectionSecurityRecord.section_id), newest)))


def statuses_on(session: Session, day: date) -> dict[str, SectionSecurityRecord]:
    """Return the status of each section of which anything is said for a day."""
    return {row.section_id: row for row in holding(list_statuses(session), day)}


def load_restrictions(session: Session, geography: Geography, now: datetime) -> Restrictions:
    """Return what is restricted as of a moment, in terms of the geography of that day."""
    return compiled(list_statuses(session), geography, now)


def compiled(rows: Iterable[SectionSecurityRecord], geography: Geography, now: datetime) -> Restrictions:
    """Return what rows restrict as of a moment, in terms of the geography of that day."""
    found: dict[str, list[Spell]] = defaultdict(list)
    for row in rows:
        if row.status == RESTRICTED:
            for section_id in sections_of(row.section_id, geography):
                found[section_id].append(spell(row.valid_from, row.valid_to))
    if not found:
        return NONE
    spells = {name: tuple(own) for name, own in sorted(found.items())}
    passing = [c for c in geography.corridors.values() if any(p.section.id in spells for p in c.passages)]
    at_posts: dict[str, list[str]] = defaultdict(list)
    for name in spells.keys() & geography.sections.keys():
        for place in (geography.sections[name].start, geography.sections[name].end):
            at_posts[place].append(name)
    return Restrictions(
        as_of=now,
        spells=spells,
        known=frozenset(geography.sections),
        corridors=frozenset(geography.corridors),
        stretches={
            c.id: tuple((p.from_km, p.to_km, p.section.id) for p in c.passages if p.section.id in spells) for c in passing
        },
        at_posts={place: tuple(sorted(own)) for place, own in at_posts.items() if place in geography.posts},
        near=_finder(passing, frozenset(spells)),
        beside=_beside(passing, frozenset(spells)),
    )  # fmt: skip


def sections_of(section_id: str, geography: Geography) -> set[str]:
    """Return a section and those that lie between its ends today: a new hub on it takes nothing from its protection."""
    start, _, end = section_id.partition("--")
    found = {section_id}
    for corridor in geography.corridors.values():
        stones = [corridor.find_milestone(place) for place in (start, end)]
        if section_id not in geography.sections and None not in stones:
            low, high = sorted(stone.km for stone in stones if stone is not None)
            found |= {p.section.id for p in corridor.passages if low <= (p.from_km + p.to_km) / 2 <= high}
    return found


def _beside(corridors: list[Corridor], names: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return the sections of `names` within `BESIDE_KM` of free sections and of posts, along any road."""
    found: dict[str, set[str]] = defaultdict(set)
    for corridor in corridors:
        for own in (p for p in corridor.passages if p.section.id in names):
            low, high = own.from_km - BESIDE_KM, own.to_km + BESIDE_KM
            for passage in corridor.passages:
                if passage.section.id not in names and low < passage.to_km and passage.from_km < high:
                    found[passage.section.id].add(own.section.id)
            for stone in corridor.borders:
                if low < stone.km < high:
                    found[stone.exit_place].add(own.section.id)
                    found[stone.entry_place].add(own.section.id)
    return {name: tuple(sorted(own)) for name, own in found.items()}


def _finder(corridors: list[Corridor], names: frozenset[str]) -> Callable[[float, float, float], tuple[str, ...]]:
    """Return a function that names the sections of `names` on which a point may lie, or so many kilometres beside which."""

    @lru_cache(maxsize=20_000)
    def near(latitude: float, longitude: float, beside_km: float) -> tuple[str, ...]:
        found: set[str] = set()
        for corridor in corridors:
            km, offset_m = corridor.line.locate_one(latitude, longitude)
            if offset_m > NEAR_M[corridor.line.quality]:
                continue
            near_by = (p for p in corridor.passages if p.from_km < km + beside_km and km - beside_km < p.to_km)
            found |= names & {passage.section.id for passage in (corridor.passage_at(km), *near_by)}
        return tuple(sorted(found))

    return near
