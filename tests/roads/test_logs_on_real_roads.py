"""The posts' logs of another generator's coaches, reconciled with what positions show of them on the real roads."""

import random
from datetime import timedelta

import pytest

from checkpoints.desks import LogEntry
from checkpoints.reconciliation import reconcile
from tests.roads.test_real_roads import CORRIDORS, KINDS, Journey, geography, journey
from tracker.facts import BorderCrossing, moment

SLIP = timedelta(minutes=2)  # of an officer's watch


def logs_of(found: Journey, chance: random.Random) -> list[LogEntry]:
    """Two agencies at each side, one after the other; what they write is two minutes off now and then."""
    entries: list[LogEntry] = []
    for true in found.coach.crossings:
        sides = (
            ("exit", true.exit_post, true.exit_from_s, true.exit_to_s),
            ("entry", true.entry_post, true.entry_from_s, true.entry_to_s),
        )
        for direction, post_id, from_s, to_s in sides:
            middle_s = (from_s + to_s) / 2
            for agency, start_s, end_s in (("immigration", from_s, middle_s), ("customs", middle_s, to_s)):
                came, went = (moment(s) + SLIP * chance.uniform(-1, 1) for s in (start_s, end_s))
                entries.append(
                    LogEntry(
                        seq=len(entries) + 1, post_id=post_id, agency=agency, direction=direction, arrived_at=came,
                        released_at=max(came, went), written_at=went, vehicle_id="COACH-1", operator_id="OP",
                    )
                )  # fmt: skip
    return entries


def reconciled(found: Journey, kind: str, entries: list[LogEntry]):
    facts = [fact for fact in found.facts(BorderCrossing) if fact.settled_at is not None]
    named = [(f"fact-{number}", fact) for number, fact in enumerate(facts)]
    return reconcile("COACH-1", "OP", named, entries, [], geography(kind).find_post)


@pytest.mark.parametrize("kind", KINDS)
def test_ninety_eight_of_a_hundred_logged_sides_are_matched(kind):
    chance = random.Random(3)
    sides, matched, alone = 0, 0, 0
    for corridor_id in CORRIDORS:
        for is_reversed in (False, True):
            found = journey(kind, corridor_id, is_reversed)
            entries = logs_of(found, chance)
            for crossing in reconciled(found, kind, entries):
                for side in (crossing.exit, crossing.entry):
                    sides += bool(side.desks)
                    matched += side.state == "matched"
                    alone += side.state == "logged_only"
    assert sides >= 60
    assert alone <= 0.02 * sides
    assert matched >= 0.98 * sides, (matched, sides)


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_that_halves_the_wait_is_disputed_where_positions_saw_it(kind):
    chance = random.Random(5)
    told = 0
    for corridor_id in CORRIDORS:
        found = journey(kind, corridor_id, False)
        entries = [entry for entry in logs_of(found, chance) if entry.agency == "customs"]
        for crossing in reconciled(found, kind, entries):
            for side in (crossing.exit, crossing.entry):
                if side.difference_s is not None and side.seen.seconds and side.seen.seconds > 3600:
                    told += 1
                    assert (side.state, "dwell_differs" in side.reasons) == ("disputed", True)
    assert told > 0
