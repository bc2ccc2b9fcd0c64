"""What the simulator remembers between two starts, and how it sees that the system is busy."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import orjson
from sqlmodel import func, select

from telemetry.simulator.scenario import Scenario
from telemetry.simulator.span import Span
from tracker.database import Database
from tracker.errors import DatabaseAway
from tracker.log import last_seq
from tracker.pipeline import ProjectionCursor

AGAIN_S = (
    120.0  # sent again after a restart: what the broker had not confirmed when we ended; repetitions change nothing
)
LOOK_S = 0.1
MOST_WAITING = 6000  # messages between us and the projections; a few seconds of work
PATIENCE_S = 5.0


@dataclass
class Memory:
    """Since when a scenario is played on this installation, and up to when each coach's words were sent."""

    file: Path
    start_s: float | None = None
    sent_until: dict[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, scenario: Scenario, tag: str) -> Memory:
        """Read what was remembered; nothing where there is nothing, or something else."""
        memory = cls(folder / f"simulated_{tag}.json")
        try:
            kept = orjson.loads(memory.file.read_bytes())
            if kept["name"] == scenario.name and kept["seed"] == scenario.seed:
                memory.start_s = float(kept["start_s"])
                memory.sent_until = {str(k): float(v) - AGAIN_S for k, v in kept["sent_until"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            memory.start_s, memory.sent_until = None, {}
        return memory

    def write(self, scenario: Scenario) -> None:
        """Keep it; a kill in the middle leaves the old file."""
        kept = {"name": scenario.name, "seed": scenario.seed, "start_s": self.start_s, "sent_until": self.sent_until}
        draft = self.file.with_suffix(".new")
        draft.write_bytes(orjson.dumps(kept))
        draft.replace(self.file)

    def span(self, fresh: Span) -> Span:
        """Return the span that was begun, or begin `fresh`."""
        if self.start_s is None:
            self.start_s = fresh.start_s
        return Span(self.start_s, fresh.dated_s, fresh.length_s, None)


class Backlog:
    """Looks how much of what was sent is not yet in the projections."""

    def __init__(self, database: Database) -> None:
        """Begin to count."""
        self._database = database
        self._first: int | None = None
        self._looked, self._answer = 0.0, True
        self._last, self._moved = (-1, -1), 0.0

    def has_room(self, sent: int) -> bool:
        """Say whether more may be sent, after `sent` messages. Asks the database ten times a second at most.

        Where nothing moves for a while (repetitions do not enter the log, nobody runs the projections), it says yes.
        """
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return self._answer
        self._looked = now
        try:
            with self._database.reading() as session:
                logged = last_seq(session)
                seen = session.exec(select(func.min(ProjectionCursor.seq))).one()
        except DatabaseAway:
            self._answer = False
            return False
        if self._first is None:
            self._first = logged - sent
        if (logged, seen or 0) != self._last:
            self._last, self._moved = (logged, seen or 0), now
        on_the_way = max(0, self._first + sent - logged)
        behind = logged - seen if seen is not None else 0
        self._answer = on_the_way + behind < MOST_WAITING
        if not self._answer and now - self._moved > PATIENCE_S:
            self._first, self._moved, self._answer = logged - sent, now, True
        return self._answer


def parse_backfill(text: str) -> timedelta | None:
    """Return the length that `30d`, `12h` or `2w` says; None where it says none."""
    units = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.isdigit() or len(number) > 4:
        return None
    return int(number) * units[unit]
