"""How much crews' word weighs, in log odds: others who tell the same, above all of other companies, weigh most. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from checkpoints.control_stops import ControlStop
from checkpoints.findings import Ground

# One report by itself is more likely than not to lead nowhere: assumptions.
ALONE, ANOTHER_CONTROL, ANOTHER_COACH, ANOTHER_OPERATOR, AT_A_HALT = -1.2, 0.5, 0.8, 0.7, 0.4


def counts_of(stops: Sequence[ControlStop], reports: int) -> dict[str, int]:
    """Return how many told: `reports`, coaches, operators, and at how many stops positions show the halt too."""
    return {
        "reports": reports,
        "coaches": len({stop.vehicle_id for stop in stops}),
        "operators": len({stop.operator_id for stop in stops}),
        "at_halts": sum(stop.seen_by == "both" for stop in stops),
    }


def grounds_of(code: str, counts: Mapping[str, int]) -> list[Ground]:
    """Return the grounds: `code` for what was told, who else told it, and whether positions show a halt."""
    others = (
        ANOTHER_CONTROL * math.log2(counts["reports"])
        + ANOTHER_COACH * math.log2(counts["coaches"])
        + ANOTHER_OPERATOR * math.log2(counts["operators"])
    )
    grounds = [
        Ground(code, {"reports": counts["reports"]}, ALONE),
        Ground("told_by_others", {"coaches": counts["coaches"], "operators": counts["operators"]}, others),
    ]
    if counts["at_halts"]:
        grounds.append(Ground("reported_at_halt", {"reports": counts["at_halts"]}, AT_A_HALT))
    return grounds


def confidence_of(grounds: Iterable[Ground], surest: float) -> float:
    """Return the logistic of the grounds' sum, `surest` at most."""
    return min(surest, 1 / (1 + math.exp(-sum(ground.weight or 0.0 for ground in grounds))))
