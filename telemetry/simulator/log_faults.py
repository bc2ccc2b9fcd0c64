"""What is not so in a post's log: queues left out, minutes that are rounded, seals and passengers that changed, strangers.

Each fault is drawn from a generator of its own, so that a scenario without faults says the same bytes as before there were
any; and each is told in the truth file. Pure.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from telemetry.simulator.border import Crossing, Formalities
from telemetry.simulator.chance import draws
from telemetry.simulator.messages import Manifest
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.timetable import Turn

ROUNDED_S = 300
GOT_OFF = (0.25, 0.6)  # of the passengers: an assumption
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Hold:
    """What a post counts in a coach at a border: passengers and the number of the seal, and what became of them."""

    passengers: int
    minors: int
    seal: str
    changed: dict[str, Any]


def holds_of(turn: Turn, scenario: Scenario, manifest: Manifest) -> list[Hold]:
    """Return what is in the coach at each of its borders: what changes at one is so at those that follow."""
    borders, found = scenario.borders, []
    hold = Hold(manifest.passengers, manifest.minors, manifest.seal, {})
    for number in range(len(turn.journey.crossings)):
        rng, changed = draws(turn.seed, *turn.name, "hold", number), dict(hold.changed)
        passengers, minors, seal = hold.passengers, hold.minors, hold.seal
        if rng.random() < borders.seal_changed_share:
            seal = f"S{rng.randrange(10**6):06d}"
            changed["seal"] = seal
        if rng.random() < borders.got_off_share:
            passengers -= round(passengers * rng.uniform(*GOT_OFF))
            minors = min(minors, passengers)
            changed["got_off"] = manifest.passengers - passengers
        found.append(hold := Hold(passengers, minors, seal, changed))
    return found


def is_understated(turn: Turn, scenario: Scenario, name: str) -> bool:
    """Say whether the first desk of a side writes the coach down when it is served, not when it joined the queue."""
    return draws(turn.seed, *turn.name, name, "understated").random() < scenario.borders.understated_share


def is_heaped(scenario: Scenario, post_id: str, agency: str) -> bool:
    """Say whether an agency at a post writes minutes down to fives and tens: the same one always does."""
    return draws(scenario.seed, post_id, agency, "heaped").random() < scenario.borders.heaped_share


def rounded_down(at_s: int) -> int:
    """Return a moment as an agency writes it that rounds."""
    return at_s - at_s % ROUNDED_S


def stranger_at(turn: Turn, scenario: Scenario, number: int, crossing: Crossing) -> tuple[str, Formalities] | None:
    """Return a coach that nobody registered and a post logs out behind this one: it turns back before the other side."""
    rng = draws(turn.seed, *turn.name, "stranger", number)
    if crossing.exit is None or rng.random() >= scenario.borders.turned_back_share:
        return None
    behind_s = rng.randrange(300, 1500)
    side = crossing.exit
    return _plate(rng), Formalities(
        side.post_id, side.arrived_s + behind_s, side.served_s + behind_s, side.left_s + behind_s
    )


def _plate(rng: random.Random) -> str:
    return f"{rng.choice(LETTERS)}{rng.choice(LETTERS)} {rng.randrange(1000, 9999)} {rng.choice(LETTERS)}{rng.choice(LETTERS)}"
