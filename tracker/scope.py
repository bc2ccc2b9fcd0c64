"""Who sees and does what: the one place that decides it.

A question has two halves. *May this role do this at all?* is the table `GRANTS`. *On whose things?* is the reach:
operators, posts, countries and agencies. A thing is in reach when each of its names is (an operator's coach at a post:
the operator **and** the post), so a query filters by every reach that its rows have a column for. The reach of an
action that is not granted is empty: a query that forgets to ask `may` shows nothing instead of everything.

Pure: no clock, no database. In sections under a security status (`restrictions`) `withholds` and its neighbours decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from tracker.restrictions import NONE, Restrictions, Where, times_of, where_of

RESTRICTED_AGGREGATES_AFTER = timedelta(hours=72)


class Role(StrEnum):
    """What a person is to the system. The scope fields each needs stand behind it."""

    DISPATCHER = "dispatcher"  # operator
    DRIVER = "driver"  # operator; drivers and attendants
    OFFICIAL = "official"  # post and agency
    FOCAL_POINT = "focal_point"  # country; with an agency: its inspectorate
    MONITOR = "monitor"
    PROTECTION_OFFICER = "protection_officer"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What can be done or seen."""

    VIEW_MAP = "view_map"
    VIEW_POSITIONS = "view_positions"  # coaches with operator, exact place and time
    VIEW_CROSSINGS = "view_crossings"  # coaches at border posts
    VIEW_REPORTS = "view_reports"  # reported controls and harassment: place as a band, the day
    VIEW_REPORTS_EXACT = "view_reports_exact"  # the same with exact place, time and coach
    VIEW_HARASSMENT_DETAIL = "view_harassment_detail"  # the reporter's words
    VIEW_PROTECTED_REPORTS = "view_protected_reports"  # violence, sexual abuse, detention, children
    VIEW_INDICATORS = "view_indicators"  # the observatory's figures; of own coaches or country where there is an edge
    VIEW_FLAGS = "view_flags"
    DECIDE_FLAGS = "decide_flags"
    ANSWER_FLAGS = "answer_flags"  # those that name the own agency, as its inspectorate: a band, hours, counts
    ENTER_ORDERS = "enter_orders"
    VIEW_REPORTER = "view_reporter"  # who reported
    ERASE_SEALED = "erase_sealed"
    VIEW_DEVICES = "view_devices"
    MANAGE_DEVICES = "manage_devices"
    OPEN_DEAD_LETTER = "open_dead_letter"
    REPLAY_DEAD_LETTER = "replay_dead_letter"
    POST_AS_VEHICLE = "post_as_vehicle"
    POST_AS_POST = "post_as_post"
    MANAGE_FLEET = "manage_fleet"  # own coaches, crews and trips, and what the road cost them
    MANAGE_USERS = "manage_users"
    VIEW_AUDIT = "view_audit"
    SET_SECURITY = "set_security"  # the security status of sections: sees the sections, not their coaches
    VIEW_SAFETY_ALERTS = "view_safety_alerts"  # of own coaches, and nobody else's
    VIEW_METRICS = "view_metrics"


_OWN_COACHES = frozenset({
    Action.VIEW_MAP, Action.VIEW_POSITIONS, Action.VIEW_CROSSINGS, Action.VIEW_REPORTS,
    Action.VIEW_REPORTS_EXACT, Action.POST_AS_VEHICLE,
})  # fmt: skip
_OWN_COMPANY = frozenset({
    Action.MANAGE_FLEET, Action.VIEW_FLAGS, Action.VIEW_INDICATORS, Action.VIEW_DEVICES, Action.MANAGE_DEVICES,
    Action.OPEN_DEAD_LETTER, Action.VIEW_SAFETY_ALERTS,
})  # fmt: skip
_REGION = frozenset({
    Action.VIEW_FLAGS, Action.VIEW_INDICATORS, Action.DECIDE_FLAGS, Action.VIEW_MAP, Action.VIEW_POSITIONS,
    Action.VIEW_CROSSINGS, Action.VIEW_REPORTS, Action.VIEW_REPORTS_EXACT,
})  # fmt: skip
# Runs the system; reads no reports.
_RUNNING = frozenset({
    Action.VIEW_MAP, Action.VIEW_POSITIONS, Action.VIEW_CROSSINGS, Action.VIEW_DEVICES, Action.MANAGE_DEVICES,
    Action.OPEN_DEAD_LETTER, Action.REPLAY_DEAD_LETTER, Action.MANAGE_USERS, Action.VIEW_AUDIT, Action.SET_SECURITY,
    Action.VIEW_METRICS,
})  # fmt: skip
# An agency may answer what is reported about it; it sees neither the words nor what would lead to the reporter.
_INSPECTORATE = frozenset({Action.VIEW_MAP, Action.VIEW_REPORTS, Action.ANSWER_FLAGS})

GRANTS: Mapping[Role | None, frozenset[Action]] = {
    None: frozenset(),  # the public: open data and rights pages only, which ask nobody
    Role.DISPATCHER: _OWN_COACHES | _OWN_COMPANY,
    Role.DRIVER: _OWN_COACHES,
    Role.OFFICIAL: frozenset({Action.VIEW_MAP, Action.VIEW_CROSSINGS, Action.POST_AS_POST}),
    Role.FOCAL_POINT: _REGION,
    Role.MONITOR: _REGION
    | {Action.ENTER_ORDERS, Action.VIEW_HARASSMENT_DETAIL, Action.VIEW_DEVICES, Action.OPEN_DEAD_LETTER},
    Role.PROTECTION_OFFICER: _REGION
    | {
        Action.VIEW_HARASSMENT_DETAIL, Action.VIEW_PROTECTED_REPORTS, Action.VIEW_REPORTER, Action.ERASE_SEALED,
        Action.VIEW_AUDIT,
    },
    Role.ADMINISTRATOR: _RUNNING,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, as far as deciding needs them."""

    user_id: int
    name: str
    role: Role
    operator_id: str | None = None
    post_id: str | None = None
    agency: str | None = None
    country: str | None = None
    language: str = "en"


class Everything:
    """The reach without an edge: it contains every name, and no name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "ALL"


ALL = Everything()
NOTHING: frozenset[str] = frozenset()
Reach = frozenset[str] | Everything


class _Unnamed(Enum):
    UNNAMED = 0


UNNAMED = _Unnamed.UNNAMED
Name = str | _Unnamed | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What one viewer, or the public (`viewer` is None), sees and does."""

    viewer: Viewer | None
    actions: frozenset[Action]
    restrictions: Restrictions = NONE

    def may(
        self, action: Action, *, operator_id: Name = UNNAMED, post_id: Name = UNNAMED, country: Name = UNNAMED,
        agency: Name = UNNAMED,
    ) -> bool:  # fmt: skip
        """Say whether the viewer may do `action`, on the thing that carries these names.

        Leave a name out when the thing has no such property; give None when it has one that is not known (a dead
        letter of an unknown operator): then only someone without an edge on that side may.
        """
        named = (
            (operator_id, self.operators(action)),
            (post_id, self.posts(action)),
            (country, self.countries(action)),
            (agency, self.agencies(action)),
        )
        return action in self.actions and all(name is UNNAMED or name in reach for name, reach in named)

    def operators(self, action: Action = Action.VIEW_POSITIONS) -> Reach:
        """Return the operators on whose coaches and devices the viewer may do `action`."""
        if self.viewer is None or action not in self.actions:
            return NOTHING
        if self._is_of_operator:
            return _only(self.viewer.operator_id)
        return ALL

    def posts(self, action: Action = Action.VIEW_CROSSINGS) -> Reach:
        """Return the border posts at which the viewer may do `action`."""
        if self.viewer is None or action not in self.actions:
            return NOTHING
        return _only(self.viewer.post_id) if self.viewer.role is Role.OFFICIAL else ALL

    def countries(self, action: Action = Action.VIEW_POSITIONS) -> Reach:
        """Return the countries in which the viewer may do `action` (ISO 3166 alpha-2)."""
        if self.viewer is None or action not in self.actions:
            return NOTHING
        return _only(self.viewer.country) if self.viewer.role is Role.FOCAL_POINT else ALL

    def agencies(self, action: Action = Action.VIEW_REPORTS) -> Reach:
        """Return the agencies about which the viewer may do `action`.

        An official sees the own post whole, but writes for the own agency only.
        """
        if self.viewer is None or action not in self.actions:
            return NOTHING
        if self.viewer.role is Role.OFFICIAL and action is Action.POST_AS_POST:
            return _only(self.viewer.agency)
        if self.viewer.role is Role.FOCAL_POINT and self.viewer.agency:
            return _only(self.viewer.agency)
        return ALL

    @property
    def _is_of_operator(self) -> bool:
        return self.viewer is not None and self.viewer.role in (Role.DISPATCHER, Role.DRIVER)

    def owns(self, operator_id: str | None) -> bool:
        """Say whether the viewer works for that operator."""
        return self.viewer is not None and self._is_of_operator and operator_id in _only(self.viewer.operator_id)

    def is_withheld(self, operator_id: str | None, where: Where, *times: datetime | None, in_sum: bool = False) -> bool:
        """Say whether a restricted section keeps from the viewer what a coach did there, between the first and last time.

        It is the operator's alone, whatever its age and whoever asks: armed groups have attacked coaches over what was
        said of them. So is what it did beside such a section, which tells when it went in and came out; unless it is
        asked about for a sum by section and day (`in_sum`), or by those who serve at the post where it happened.
        """
        beside = not in_sum and not self._serves_at(where)
        return self.restrictions.covers(where, *times, beside=beside) and not self.owns(operator_id)

    def _serves_at(self, where: Where) -> bool:
        is_official = self.viewer is not None and self.viewer.role is Role.OFFICIAL
        return is_official and bool(where.posts) and all(post in self.posts() for post in where.posts)

    def withholds(self, row: Any) -> bool:
        """Say the same of a row by its own place, times and operator (see `where_of`, `times_of`)."""
        if not self.restrictions:
            return False
        times = times_of(row, self.restrictions.as_of)
        return self.is_withheld(getattr(row, "operator_id", None), where_of(row), *times)

    def withholds_log(self, row: Any, operator_id: str | None) -> bool:
        """Say the same of an entry of a post's log; who serves at the post reads what was written there."""
        where = Where(posts=(row.post_id,))
        return not self._serves_at(where) and self.is_withheld(operator_id, where, row.arrived_at, row.released_at)

    def may_see_exact(
        self, operator_id: str, *, where: Where | None = None, at: datetime | None = None, country: Name = UNNAMED
    ) -> bool:
        """Say whether the viewer may see where exactly a coach was; `where` and `at` as far as they are asked about."""
        if not self.may(Action.VIEW_POSITIONS, operator_id=operator_id, country=country):
            return False
        return where is None or not self.is_withheld(operator_id, where, at)

    def heard_as_told(
        self, at: datetime | None, operator_id: str | None, where: Where, seen_at: datetime | None
    ) -> datetime | None:
        """Return when a coach was heard of, as far as the viewer may know it; `where` and `seen_at`: its last known place.

        A silence's beginning tells where it began. Who looks after devices reads the day, to see which are dead.
        """
        if at is None or not self.is_withheld(operator_id, where, seen_at, self.restrictions.as_of):
            return at
        return at.replace(hour=0, minute=0, second=0, microsecond=0) if self.may(Action.MANAGE_DEVICES) else None

    def holds_back_figures(self, where: Where, since: datetime, until: datetime) -> bool:
        """Say whether a place was restricted then, or is, for a viewer who sees more than own coaches."""
        return not self._is_of_operator and self.restrictions.covers(where, since, until)

    def figures_until(self, where: Where, since: datetime, until: datetime, now: datetime) -> datetime | None:
        """Return until when the viewer may see figures of a place, made of what happened from `since` to `until`.

        None: not at all. Restricted sections: after 72 hours, and for people who watch the whole region only. Figures of
        own coaches, which is all that an operator's are made of, are not held back.
        """
        if not self.holds_back_figures(where, since, until):
            return until
        if self.viewer is None or self.viewer.role not in (Role.MONITOR, Role.PROTECTION_OFFICER):
            return None
        end = (now - RESTRICTED_AGGREGATES_AFTER).replace(minute=0, second=0, microsecond=0)
        return min(until, end) if end > since else None

    def tells_hours_only(self, where: Where, since: datetime, until: datetime) -> bool:
        """Say whether figures of a place tell their newest moment by the hour: there, and beside such a section."""
        is_own = self._is_of_operator or self._serves_at(where)
        return not is_own and self.restrictions.covers(where, since, until, beside=True)

    def may_see_figures(self, where: Where, since: datetime, until: datetime, now: datetime) -> bool:
        """Say whether the viewer may see all of the figures of a place and a time."""
        return self.figures_until(where, since, until, now) == until

    def may_see_payment(self, *, observatory_only: bool) -> bool:
        """Say whether the viewer may see a payment in reach: what crews keep for the observatory is not for their operator."""
        return not observatory_only or (self.viewer is not None and not self._is_of_operator)


def names(reach: Reach) -> frozenset[str] | None:
    """Return a reach as a filter of a query: None for everything."""
    return reach if isinstance(reach, frozenset) else None


def scope_of(viewer: Viewer | None, restrictions: Restrictions = NONE) -> Scope:
    """Return what `viewer` sees and does; None is the public."""
    if viewer is None:
        return Scope(None, GRANTS[None], restrictions)
    if viewer.role is Role.FOCAL_POINT and viewer.agency:
        return Scope(viewer, _INSPECTORATE, restrictions)
    return Scope(viewer, GRANTS[viewer.role], restrictions)


def _only(name: str | None) -> frozenset[str]:
    return frozenset({name}) if name else NOTHING
