"""Where and when roads are under a security status: an immutable snapshot that `Scope` asks. Pure.

A fact is protected by the status that held on its day or by the one that holds now, whichever is stricter
([decision 9](../docs/decisions/0009-restricted-sections.md)). A place that nobody knows is not taken for a free one.

What lies *beside* such a section, `BESIDE_KM` along the road at most, tells when a coach went in and came out: single
facts there are asked about with `beside`, sums are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

# Days are those of the place, which lies up to an hour east of UTC (`countries`): a status begins with the first of them.
EAST = timedelta(hours=1)
# So far along the road beside a restricted section its edge is given away. Assumption: ten to twenty minutes of driving, in
# which a halt is not told from slow traffic; and both posts of a border lie closer together.
BESIDE_KM = 10.0
NEVER, EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_TIMES = (
    "observed_at", "started_at", "ended_at", "arrived_at", "released_at", "first_seen_at", "last_seen_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Where:
    """A place as rows tell it, as much of it as is known. `from_km` to `to_km`: along `corridor_id`, in any order.

    `posts`: the border posts at which it happened.
    """

    section_id: str | None = None
    corridor_id: str | None = None
    from_km: float | None = None
    to_km: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spell:
    """From when to when a section is restricted, half-open."""

    since: datetime
    until: datetime = EVER


def spell(valid_from: date | None, valid_to: date | None) -> Spell:
    """Return the days of a status as moments, rounded out to the zones in which those days are."""
    begin = datetime.combine(valid_from or date.min + timedelta(days=1), time(), UTC) - EAST
    return Spell(begin, datetime.combine(valid_to, time(), UTC) if valid_to else EVER)


def _nowhere(_latitude: float, _longitude: float, _beside_km: float) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Restrictions:
    """The restricted sections as of a moment.

    `spells` by section. `known`: every section there is today. `stretches`: of the corridors that pass a restricted one,
    `(from_km, to_km, section)`; `corridors`: every corridor there is. `at_posts`: the restricted sections that end at a
    post. `near(latitude, longitude, beside_km)`: those that a point may lie on, or so near to. `beside`: the restricted
    sections that begin within `BESIDE_KM` of a free section or a post.
    """

    as_of: datetime = NEVER
    spells: Mapping[str, tuple[Spell, ...]] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    corridors: frozenset[str] = frozenset()
    stretches: Mapping[str, tuple[tuple[float, float, str], ...]] = field(default_factory=dict)
    at_posts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    near: Callable[[float, float, float], tuple[str, ...]] = _nowhere
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Say whether any section is, was or will be restricted."""
        return bool(self.spells)

    @property
    def key(self) -> str:
        """A name that changes with what is restricted."""
        if not self.spells:
            return ""
        return repr([(name, self.holds(name, self.as_of, self.as_of), spells) for name, spells in self.spells.items()])

    def holds(self, section_id: str, since: datetime, until: datetime) -> bool:
        """Say whether a section was restricted at any moment from `since` to `until`, or is now."""
        return any(
            (one.since <= until and since < one.until) or one.since <= self.as_of < one.until
            for one in self.spells.get(section_id, ())
        )

    def covers(self, where: Where, *times: datetime | None, beside: bool = False) -> bool:
        """Say whether what happened there, between the first and the last of `times`, lies in a restricted section.

        `beside`: or so near to one that it tells when a coach went in or came out.
        """
        if not self.spells:
            return False
        known = [at for at in times if at is not None] or [self.as_of]
        since, until = min(known), max(known)
        return any(self.holds(name, since, until) for name in self.sections_at(where, beside=beside))

    def sections_at(self, where: Where, *, beside: bool = False) -> Iterable[str]:
        """Return the sections, restricted at some time, in which a place may lie, or beside which."""
        found = [name for post in where.posts for name in self.at_posts.get(post, ())]
        if beside:
            found += [name for post in where.posts for name in self.beside.get(post, ())]
        has_section = where.section_id in self.known or where.section_id in self.spells
        if has_section and where.section_id is not None:
            found.append(where.section_id)
            if not beside:
                return found
        margin = BESIDE_KM if beside else 0.0
        if where.corridor_id in self.corridors and where.from_km is not None:
            start, end = sorted((where.from_km, where.from_km if where.to_km is None else where.to_km))
            passed = self.stretches.get(where.corridor_id or "", ())
            # A way that ends where the section begins does not touch it; a place there may lie on either side.
            return found + [
                name for low, high, name in passed
                if (low - margin < end and start < high + margin) or (start == end and low <= start <= high)
            ]  # fmt: skip
        if where.latitude is not None and where.longitude is not None:
            return found + list(self.near(where.latitude, where.longitude, margin))
        if has_section or where.posts:  # and no place on it
            return found + list(self.beside.get(where.section_id or "", ()))
        if where.corridor_id in self.corridors:
            return [name for _, _, name in self.stretches.get(where.corridor_id or "", ())]
        return self.spells


NONE = Restrictions()


def where_of(row: Any) -> Where:
    """Return the place of a row, by the names that rows of all rooms use for it."""
    from_km = next((km for name in ("from_km", "start_km", "km") if (km := getattr(row, name, None)) is not None), None)
    to_km = next((km for name in ("to_km", "end_km") if (km := getattr(row, name, None)) is not None), None)
    posts = (getattr(row, name, None) for name in ("post_id", "exit_post", "entry_post"))
    return Where(
        getattr(row, "section_id", None), getattr(row, "corridor_id", None), from_km, to_km,
        getattr(row, "latitude", None), getattr(row, "longitude", None), tuple(post for post in posts if post),
    )  # fmt: skip


def times_of(row: Any, as_of: datetime) -> list[datetime]:
    """Return the times of a row; what has no end yet goes on."""
    found = [at for name in _TIMES if (at := getattr(row, name, None)) is not None]
    return [*found, as_of] if getattr(row, "ended_at", as_of) is None else found
