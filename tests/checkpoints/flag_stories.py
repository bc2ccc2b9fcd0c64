"""Findings of invented barriers, and a rule that a test tells what to find."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from checkpoints.findings import Evidence, Finding, Ground
from tracker.events import FlagDecided, SlotPassed

DAY = datetime(2026, 6, 1, tzinfo=UTC)


def barrier(km: float = 60.0, first: float = 0.0, last: float = 3.0, **more: Any) -> Finding:
    """A barrier at a kilometre of a section, seen from the first to the last day, by a coach of each of two operators."""
    evidence = tuple(
        Evidence(
            "halt",
            f"h{n}",
            f"bus-{operator}",
            operator,
            DAY + timedelta(days=first),
            DAY + timedelta(days=last),
            n,
            n + 5,
        )
        for n, operator in enumerate(("sti", "utb"))
    )
    finding = Finding(
        kind="unlisted_checkpoint", severity="medium", confidence=0.9, started_at=DAY + timedelta(days=first),
        ended_at=DAY + timedelta(days=last), corridor_id="ABJ-LOS", km=300 + km, from_km=299.9 + km, to_km=300.1 + km,
        section_id="accra--takoradi", section_km=km, latitude=5.2, longitude=-1.2, country="GH", direction="both",
        counts={"halts": 9}, evidence=evidence,
        grounds=(Ground("halts_many", {"halts": 9, "passes": 20}), Ground("concentrated", {"spread_m": 9}, 0.5)),
    )  # fmt: skip
    return replace(finding, **more)


@dataclass
class Told:
    """A rule that finds, and leaves out, what it is told."""

    name: str = "told"
    findings: list[Finding] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return it."""
        return self.findings


def slot(day: float) -> SlotPassed:
    """A slot that ends so many days into the story."""
    at = DAY + timedelta(days=day)
    return SlotPassed(1, str(uuid4()), at, None, at)


def decision(seq: int, flag_id: str, day: float, **body: Any) -> FlagDecided:
    """A monitor's decision."""
    at = DAY + timedelta(days=day)
    return FlagDecided(seq, str(uuid4()), at, None, at, flag_id, {"by": "ama", "role": "monitor"} | body)
