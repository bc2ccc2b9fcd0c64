"""Keeps flags: runs the rules at slots of the log, gives findings names that last, and takes in what people decide.

Which finding is which known flag of its rule says `checkpoints/flag_matching.py`. A flag whose finding does not come back
closes: `closed_quiet` when its evidence is older than `quiet_days`, else `withdrawn`, because late messages disproved it. It
opens again with its finding, unless a person has decided.

Rules run when an hour of the log has passed, or when `MANY` facts have come, and read projections only, so that a replay
gives the same flags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from sqlalchemy import delete, func
from sqlmodel import Session, SQLModel, col, select

from checkpoints.findings import Finding
from checkpoints.flag_matching import in_order, matched, name_of, open_to_all
from checkpoints.flag_merging import joined, merge_faults, survivor
from checkpoints.flag_states import ANSWER, DECISIONS, check, day_of
from checkpoints.flags import Flag, FlagDecision, FlagEvidence, RuleRun
from checkpoints.logged_crossings import LoggedCrossing
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from checkpoints.thresholds import DEFAULT, Thresholds
from tracker.events import Event, FlagDecided, SlotPassed
from tracker.fact_tables import HaltRow

HOUR_S, MANY = 3600, 500
TOLD: tuple[type[SQLModel], ...] = (HaltRow, ReportedControl, ReportedIncident, LoggedCrossing)


class Rule(Protocol):
    """Something that makes findings out of projections: the same tables and moment, the same findings."""

    name: str

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return what is found at a moment."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A rule that says what its last run did not use, by reason."""

    left_out: Mapping[str, int]


class Flags:
    """The projection of flags; it must stand after those that its rules read."""

    name = "flags"
    tables: Sequence[type[SQLModel]] = (Flag, FlagEvidence, FlagDecision, RuleRun)
    reads: Sequence[str] = (
        "logged_crossings", "crew_reports", "departures", "journeys", "reconciled_crossings", "trip_accounts",
    )  # fmt: skip

    def __init__(
        self,
        rules: Sequence[Rule],
        is_protected: Callable[[Finding], bool] = open_to_all,
        thresholds: Thresholds = DEFAULT,
    ) -> None:
        """Run `rules`; `is_protected` says which findings are for the protection officer only."""
        self._rules, self._is_protected, self._thresholds = tuple(rules), is_protected, thresholds

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Take in events in the order of the log."""
        self.finish(session, self.gather(events, None))

    def gather(self, events: Sequence[Event], so_far: list[Event] | None) -> list[Event]:
        """Gather slots and decisions."""
        return [*(so_far or ()), *(event for event in events if isinstance(event, (SlotPassed, FlagDecided)))]

    def finish(self, session: Session, gathered: list[Event]) -> None:
        """Run the rules at slots, and take in decisions, after every other projection took in the same events."""
        for event in gathered:
            if isinstance(event, FlagDecided):
                _decide(session, event)
            else:
                seen = sum(_count(session, table) for table in TOLD)
                for rule in self._rules:
                    self._run(session, rule, event.observed_at, seen)

    def _run(self, session: Session, rule: Rule, now: datetime, seen: int) -> None:
        last = session.get(RuleRun, rule.name)
        if last is not None:
            is_same_hour = int(last.ran_at.timestamp()) // HOUR_S == int(now.timestamp()) // HOUR_S
            if seen == last.seen or (is_same_hour and abs(seen - last.seen) < MANY):
                return
        known = list(session.exec(select(Flag).where(col(Flag.rule) == rule.name).order_by(col(Flag.flag_id))))
        findings = sorted(rule.find(session, now), key=in_order)
        left_out = dict(rule.left_out) if isinstance(rule, Counting) else {}
        session.merge(RuleRun(rule=rule.name, ran_at=now, seen=seen, left_out=left_out))
        by_id = {flag.flag_id: flag for flag in known}
        own: dict[str, Finding] = {}
        merged: dict[str, list[Finding]] = {}
        for finding, flag in matched(findings, known, self._is_protected, self._thresholds):
            if finding is None:
                continue
            if flag is not None and flag.merged_into is None:
                own[flag.flag_id] = finding
                continue
            _keep(session, rule.name, finding, flag, self._is_protected(finding), now)
            if flag is not None:
                merged.setdefault(survivor(flag, by_id).flag_id, []).append(finding)
        for flag in known:
            others, finding = merged.get(flag.flag_id, []), own.get(flag.flag_id)
            if others:
                finding = joined(flag, finding, others)
            if finding is not None:
                _keep(session, rule.name, finding, flag, self._is_protected(finding), now)
            elif flag.merged_into is None:
                _close(flag, now, self._thresholds.quiet)
        session.flush()


def _keep(session: Session, rule: str, finding: Finding, flag: Flag | None, is_protected: bool, now: datetime) -> None:
    values = {
        name: getattr(finding, name)
        for name in (
            "severity", "confidence", "corridor_id", "km", "from_km", "to_km", "section_id", "section_km", "latitude",
            "longitude", "country", "direction", "agency", "post_id", "vehicle_id", "operator_id",
        )
    } | {
        "first_seen_at": finding.started_at,
        "last_seen_at": finding.ended_at,
        "hours": list(finding.hours) if finding.hours is not None else None,
        "estimate": list(finding.estimate) if finding.estimate is not None else None,
        "counts": dict(sorted(finding.counts.items())),
        "grounds": [asdict(ground) | {"values": dict(ground.values)} for ground in finding.grounds],
        "is_protected": is_protected,
    }  # fmt: skip
    if flag is None:
        flag_id = name_of(finding, lambda name: session.get(Flag, name) is not None)
        flag = Flag(flag_id=flag_id, rule=rule, kind=finding.kind, detected_at=now, changed_at=now, **values)
    else:
        if flag.status in ("closed_quiet", "withdrawn"):
            flag.status, flag.changed_at = "open", now
        values["first_seen_at"] = min(values["first_seen_at"], flag.first_seen_at)
        if any(getattr(flag, key) != value for key, value in values.items()):
            flag.changed_at = now
        for key, value in values.items():
            setattr(flag, key, value)
    session.add(flag)
    session.flush()
    session.connection().execute(delete(FlagEvidence).where(col(FlagEvidence.flag_id) == flag.flag_id))
    session.add_all(
        FlagEvidence(flag_id=flag.flag_id, number=number, **asdict(evidence))
        for number, evidence in enumerate(finding.evidence)
    )


def _close(flag: Flag, now: datetime, quiet: timedelta) -> None:
    if flag.status in ("open", "reviewing"):
        flag.status = "closed_quiet" if flag.last_seen_at < now - quiet else "withdrawn"
        flag.changed_at = now


def _decide(session: Session, event: FlagDecided) -> None:
    """Take in a decision. One about a flag that is not there (a rebuild without its rule) is kept for its history."""
    flag = session.get(Flag, event.flag_id)
    said = {key: value for key, value in event.body.items() if key not in ("decision", "by", "role")}
    status = _take(session, flag, event) if flag is not None else "open"
    session.add(
        FlagDecision(
            seq=event.seq, flag_id=event.flag_id, decision=event.body["decision"], status=status,
            decided_at=event.observed_at, by=event.body["by"], role=event.body["role"], said=said,
        )
    )  # fmt: skip
    session.flush()


def _take(session: Session, flag: Flag, event: FlagDecided) -> str:
    """Change a flag as a decision says, unless it is not possible any more (two people at once), and return its status."""
    body, decision = event.body, event.body["decision"]
    if check(flag.status, body, is_merged=flag.merged_into is not None):
        return flag.status
    if decision == "deadline":
        flag.due_on = day_of(body["due"])
    elif decision == "split":
        flag.merged_into = None
    elif decision == "merge":
        into = session.get(Flag, body["into"])
        if into is not None and not merge_faults(flag, into):
            flag.merged_into = into.flag_id
    elif decision in DECISIONS:
        flag.status = DECISIONS[decision]
    if decision not in ("comment", ANSWER):
        flag.changed_at = event.observed_at
    return flag.status


def _count(session: Session, table: type[SQLModel]) -> int:
    return int(session.exec(select(func.count()).select_from(table)).one())
