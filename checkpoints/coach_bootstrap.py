"""Intervals by a bootstrap over coaches: the crew that tells everything tells it on every trip, so trips are not independent.

The Poisson bootstrap (Hanley and MacGibbon, Computer Methods and Programs in Biomedicine 83, 2006; Chamandy et al., Google,
2012): in each draw a coach counts as often as a Poisson variable of mean 1 says. A coach's variables are made from its name,
so the same coaches give the same interval, in whatever order and however many others are looked at beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

DRAWS = 400
LOW, HIGH = 0.025, 0.975

Floats = NDArray[np.float64]


@lru_cache(maxsize=8192)
def weights_of(vehicle_id: str) -> NDArray[np.uint8]:
    """Return how often a coach counts in each draw: `DRAWS` whole numbers."""
    seed = int.from_bytes(blake2b(vehicle_id.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).poisson(1.0, DRAWS).astype(np.uint8)


def ratio_interval(coaches: Sequence[str], amounts: Floats, sizes: Floats) -> tuple[float, float] | None:
    """Return the 95 % interval of `sum(amounts) / sum(sizes)`, one of each for every coach; None for fewer than two.

    Draws in which no size is left are passed over.
    """
    if len(coaches) < 2:
        return None
    weights = np.stack([weights_of(vehicle_id) for vehicle_id in coaches]).T.astype(np.float64)
    whole = weights @ sizes
    is_drawn = whole > 0
    if not is_drawn.any():
        return None
    low, high = np.quantile((weights @ amounts)[is_drawn] / whole[is_drawn], (LOW, HIGH))
    return float(low), float(high)
