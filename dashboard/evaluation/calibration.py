"""How often findings of a confidence are right: the reliability of the number, in bins. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

BOUNDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """Findings with a confidence in `[low, high)` (the last with its end): how many, how sure on average, how many right."""

    low: float
    high: float
    findings: int
    said: float | None
    right: int


def reliability(judged: Sequence[tuple[float, bool]]) -> list[Bin]:
    """Return the bins of `(confidence, right)` pairs."""
    result = []
    for low, high in pairwise(BOUNDS):
        inside = [one for one in judged if low <= one[0] < high or (high == BOUNDS[-1] and one[0] == high)]
        said = round(sum(confidence for confidence, _ in inside) / len(inside), 3) if inside else None
        result.append(Bin(low, high, len(inside), said, sum(right for _, right in inside)))
    return result


def brier(judged: Sequence[tuple[float, bool]]) -> float | None:
    """Return the mean squared difference between confidence and outcome (Brier, 1950); None without findings."""
    if not judged:
        return None
    return round(sum((confidence - right) ** 2 for confidence, right in judged) / len(judged), 4)
