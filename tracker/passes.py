"""Step 5: sections driven from one end to the other.

A pass begins when the coach passes the milestone at one end and is whole when the next milestone it passes is the other
end. Turning back in between makes none, and jitter or a queue at a milestone begins it anew. The times are interpolated
by kilometre between two fixes. Sections exist once: a coach that changes from one corridor to another on their common
road keeps the end it passed, by the place's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker.corridors import Corridor
from tracker.facts import LATE_AFTER, Direction, Fact, Halt, SectionPass, moment
from tracker.fixes import Leg
from tracker.milestones import Passing, last_place, passings, thresholds
from tracker.sections import Passage
from tracker.steps import Memory, World
from tracker.waits import add_halts, first_decided, forget_before, stood

LATE_S = LATE_AFTER.total_seconds()


class Passes:
    """Finds whole passes of sections. A pass waits until its halts are decided."""

    name = "passes"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"last": None, "passed": None, "waiting": [], "halts": []}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        if not len(leg):
            return memory, leg, []
        passed, waiting = memory["passed"], list(memory["waiting"])
        halts = add_halts(memory["halts"], [fact for fact in facts if isinstance(fact, Halt)])
        for passing in passings(memory["last"], leg, world, LATE_S):
            if passed is not None and (found := _section(passed, passing)) is not None:
                passage, direction = found
                waiting.append(
                    {
                        "section": passage.section.id, "direction": direction, "corridor": passing.corridor.id,
                        "km": _length(passing, passage), "start_s": passed["at_s"], "end_s": passing.at_s,
                        "first_seq": passed["seq"], "last_seq": passing.seq, "late": passed["late"] or passing.late,
                        "seen_s": float(leg.fixes.at_s[passing.index]),
                    }
                )  # fmt: skip
            passed = _memory(passing)
        found_facts: list[Fact] = []
        still = []
        for row in waiting:
            settled_s = first_decided(leg, max(row["end_s"], row["start_s"]), row["seen_s"])
            if settled_s is None:
                still.append(row)
                continue
            halted, border = stood(halts, row["start_s"], row["end_s"])
            found_facts.append(
                SectionPass(
                    started_at=moment(row["start_s"]),
                    ended_at=moment(row["end_s"]),
                    settled_at=moment(settled_s),
                    first_seq=row["first_seq"],
                    last_seq=row["last_seq"],
                    late=row["late"],
                    section_id=row["section"],
                    direction=row["direction"],
                    corridor_id=row["corridor"],
                    length_km=row["km"],
                    halted_s=halted,
                    border_s=border,
                )
            )
        oldest = min([row["start_s"] for row in still] + ([passed["at_s"]] if passed else [leg.fixes.at_s[-1]]))
        after = {
            "last": last_place(leg, world),
            "passed": passed,
            "waiting": still,
            "halts": forget_before(halts, float(oldest)),
        }
        return after, leg, found_facts

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return nothing: half a section is no pass."""
        return []


def _memory(passing: Passing) -> Memory:
    milestone = passing.corridor.milestones[passing.number]
    return {
        "at_s": passing.at_s, "direction": passing.direction, "corridor": passing.corridor.id, "number": passing.number,
        "places": sorted({milestone.exit_place, milestone.entry_place}), "seq": passing.seq, "late": passing.late,
    }  # fmt: skip


def _section(passed: Memory, passing: Passing) -> tuple[Passage, Direction] | None:
    """Return the passage between the milestone passed before and this one, with the section's own direction."""
    corridor, step = passing.corridor, -1 if passing.direction == "up" else 1
    number = passing.number + step
    if not 0 <= number < len(corridor.milestones):
        return None
    before = corridor.milestones[number]
    if passed["corridor"] == corridor.id:
        if passed["number"] != number or passed["direction"] != passing.direction:
            return None
    elif not {before.exit_place, before.entry_place} & set(passed["places"]):
        return None
    low, high = sorted((before.km, corridor.milestones[passing.number].km))
    passage = next((p for p in corridor.passages if p.from_km == low and p.to_km == high), None)
    if passage is None:
        return None
    return passage, passage.turned(passing.direction)


def _length(passing: Passing, passage: Passage) -> float:
    marks, corridor = thresholds(passing.corridor), passing.corridor
    other = passing.number + (-1 if passing.direction == "up" else 1)
    driven = float(abs(marks[passing.number] - marks[other]))
    return round(min(driven, _whole(corridor, passage)), 3)


def _whole(corridor: Corridor, passage: Passage) -> float:
    return passage.to_km - passage.from_km
