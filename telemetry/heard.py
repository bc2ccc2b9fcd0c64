"""When a device was last heard, how wrong its clock is, and what was refused of it: written with the messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Float, bindparam, case, func, update
from sqlmodel import Session, col

from telemetry.device import Device
from tracker.database import UtcDateTime

PAUSE = timedelta(seconds=10)  # a device that talks all the time is written down that often
SKEW_STEP_S = 2.0  # how far one message moves the usual skew
REMEMBERED = 50_000


@dataclass(slots=True)
class Hearing:
    """What one delivery tells about its device."""

    device_id: str
    at: datetime
    skew_s: float | None = None
    refused: int = 0
    codes: list[str] = field(default_factory=list)


class Ear:
    """Writes hearings, at most one update per device and transaction."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._written: dict[str, datetime] = {}

    def note(self, session: Session, hearings: Sequence[Hearing]) -> None:
        """Write what is worth writing inside the open transaction."""
        merged: dict[str, Hearing] = {}
        for one in hearings:
            known = merged.setdefault(one.device_id, Hearing(one.device_id, one.at))
            known.at = max(known.at, one.at)
            known.skew_s = known.skew_s if one.skew_s is None else one.skew_s
            known.refused += one.refused
            known.codes += one.codes
        due = [one for one in merged.values() if one.refused or self._is_due(one)]
        if len(self._written) > REMEMBERED:
            self._written.clear()
        # Always in one order, so that two workers that write the same devices cannot wait for each other for ever.
        due.sort(key=lambda one: one.device_id)
        _update(session, [one for one in due if not one.refused], refused=False)
        _update(session, [one for one in due if one.refused], refused=True)
        self._written.update((one.device_id, one.at) for one in due)

    def _is_due(self, one: Hearing) -> bool:
        written = self._written.get(one.device_id)
        return written is None or one.at - written >= PAUSE


def _update(session: Session, hearings: Sequence[Hearing], *, refused: bool) -> None:
    if not hearings:
        return
    usual, skew = col(Device.usual_clock_skew_s), bindparam("skew", type_=Float())
    statement = (
        update(Device)
        .where(col(Device.device_id) == bindparam("device"))
        .values(
            last_heard_at=case(
                (col(Device.last_heard_at) > bindparam("heard", type_=UtcDateTime()),
                 col(Device.last_heard_at)),
                else_=bindparam("heard", type_=UtcDateTime()),
            ),
            clock_skew_s=func.coalesce(skew, col(Device.clock_skew_s)),
            usual_clock_skew_s=case(
                (usual.is_(None), skew),
                (skew > usual + SKEW_STEP_S, usual + SKEW_STEP_S),
                (skew < usual - SKEW_STEP_S, usual - SKEW_STEP_S),
                else_=func.coalesce(skew, usual),
            ),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if refused:
        statement = statement.values(
            refused_count=col(Device.refused_count) + bindparam("refusals"),
            last_refusal_codes=bindparam("codes"),
            last_refusal_at=bindparam("heard", type_=UtcDateTime()),
        )
    rows = []
    for one in hearings:
        row: dict[str, object] = {"device": one.device_id, "heard": one.at, "skew": one.skew_s}
        if refused:
            row |= {"refusals": one.refused, "codes": ",".join(dict.fromkeys(one.codes))[:400]}
        rows.append(row)
    session.connection().execute(statement, rows)
