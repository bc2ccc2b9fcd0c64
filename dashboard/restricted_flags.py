"""Flags in restricted sections: whole for the operator they rest on, by section and day for the region, or not at all.

Beside such sections they keep their place, and lose coach and minute.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
from sqlmodel import Session

from checkpoints.alerts import MILITARY
from checkpoints.flags import Flag, list_evidence
from tracker.log import LogRow
from tracker.restrictions import Where, where_of
from tracker.scope import Action, Scope, names


def is_restricted(scope: Scope, flag: Flag) -> bool:
    """Say whether a flag lies in a restricted section, or in a place that nobody knows while there are such sections."""
    return scope.restrictions.covers(where_of(flag), flag.first_seen_at, flag.last_seen_at)


def tells_no_coach(scope: Scope, flag: Flag) -> bool:
    """Say the same of one beside a restricted section too: its evidence tells when coaches went in and came out."""
    return scope.restrictions.covers(where_of(flag), flag.first_seen_at, flag.last_seen_at, beside=True)


def shown_flag(session: Session, scope: Scope, flag: Flag) -> Flag | None:
    """Return a flag as a viewer who may see it sees it: one in a restricted section by section and day, or not at all.

    Whole for the operator whose coaches alone it rests on; after 72 hours for people who watch the region, unless it is
    about soldiers. One beside it is told by day, without its coach.
    """
    if not tells_no_coach(scope, flag):
        return flag
    coarse = _by_section if is_restricted(scope, flag) else _by_day
    operators = names(scope.operators(Action.VIEW_FLAGS))
    if operators is not None:
        evidence = list_evidence(session, flag.flag_id)
        if {piece.operator_id for piece in evidence} <= operators:
            return flag
        own = [piece.started_at for piece in evidence if piece.operator_id in operators]
        return coarse(flag, min(own), max(own)) if own else None
    if coarse is _by_day:
        return _by_day(flag, flag.first_seen_at, flag.last_seen_at)
    is_told = scope.may_see_figures(where_of(flag), flag.first_seen_at, flag.last_seen_at, scope.restrictions.as_of)
    if flag.agency == MILITARY or not is_told:
        return None
    return _by_section(flag, flag.first_seen_at, flag.last_seen_at)


def _by_section(flag: Flag, first: datetime, last: datetime) -> Flag:
    """Return a copy of a flag that tells nothing finer than its section and its days."""
    hidden = dict.fromkeys(
        (
            "km",
            "from_km",
            "to_km",
            "section_km",
            "latitude",
            "longitude",
            "hours",
            "estimate",
        )
    )
    return Flag(**_by_day(flag, first, last).model_dump() | hidden | {"grounds": []})


def _by_day(flag: Flag, first: datetime, last: datetime) -> Flag:
    """Return a copy of a flag that tells no coach, nothing of one coach, and nothing finer than its days."""
    hidden = {"vehicle_id": None, "operator_id": None, "grounds": [] if flag.vehicle_id else flag.grounds}
    times = {"first_seen_at": first, "last_seen_at": last, "detected_at": last, "changed_at": last}
    days = {name: at.replace(hour=0, minute=0, second=0, microsecond=0) for name, at in times.items()}
    return Flag(**flag.model_dump() | hidden | days)


def whole_days(since: datetime | None, until: datetime | None) -> dict[str, datetime | None]:
    """Return the bounds of a question for flags, rounded out to whole days (UTC)."""
    day = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    begin = None if since is None else since.astimezone(UTC).replace(**day)  # type: ignore[arg-type]
    end = None if until is None else until.astimezone(UTC).replace(**day) + timedelta(days=1)  # type: ignore[arg-type]
    return {"since": begin, "until": end}


def is_within(flag: Flag, since: datetime | None, until: datetime | None) -> bool:
    """Say whether a flag's evidence lies in `[since, until)`, in part at least."""
    return (since is None or flag.last_seen_at >= since) and (until is None or flag.first_seen_at < until)


def withholds_message(scope: Scope, operator_id: str, row: LogRow) -> bool:
    """Say whether a restricted section keeps a raw message from the viewer: a trip's evidence may lead through one."""
    if not scope.restrictions:
        return False
    body = orjson.loads(row.body)
    post_id = row.subject.split("/")[1] if row.subject.startswith("posts/") else None
    where = Where(latitude=body.get("latitude"), longitude=body.get("longitude"), posts=(post_id,) if post_id else ())
    return scope.is_withheld(operator_id, where, row.observed_at)
