"""Fixes of one coach, in order of time, as arrays of one length; and the leg: fixes that steps have said more about.

Times inside the rules are seconds since 1970 (UTC) in doubles, exact to the microsecond until the year 2255. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.geo import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Positions of one coach, sorted by `at_s`, then by everything else, so that their order is that of no delivery.

    `speeds_mps` and `accuracies_m` are NaN where the device did not say them. `sent_s` is when the device sent the fix (when
    we got it, where it did not say), `received_s` when we got it, `seqs` its number in the log, `devices` who sent it (an
    array of str).
    """

    at_s: Floats
    latitudes: Floats
    longitudes: Floats
    speeds_mps: Floats
    accuracies_m: Floats
    sent_s: Floats
    received_s: Floats
    seqs: Ints
    devices: NDArray[Any]

    def __len__(self) -> int:
        """Return how many fixes there are."""
        return int(self.at_s.size)

    def take(self, chosen: Any) -> Fixes:
        """Return the fixes of an index array, a mask or a slice."""
        return Fixes(*[getattr(self, name)[chosen] for name in _ARRAYS])


_ARRAYS = tuple(array.name for array in fields(Fixes))


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """Accepted fixes of one run of the steps, with what earlier steps said of each of them.

    `corridors` holds the index of each fix's corridor in `World.corridors` (-1: on none), `kms` its chainage there (NaN:
    on none), `offsets_m` how far it lies off the line. `decided_s[i]` says up to which moment the step *halts* has
    decided, once fix `i` is in: nothing that began before it will still turn out to be a halt. Never falling.
    """

    fixes: Fixes
    corridors: Ints
    kms: Floats
    offsets_m: Floats
    decided_s: Floats

    def __len__(self) -> int:
        """Return how many fixes there are."""
        return len(self.fixes)


def unlocated(fixes: Fixes) -> Leg:
    """Return the leg of fixes that no later step has looked at yet."""
    size = len(fixes)
    return Leg(
        fixes, np.full(size, -1, dtype=np.int64), np.full(size, np.nan), np.full(size, np.nan), np.copy(fixes.at_s)
    )


def runs(values: Ints) -> list[tuple[int, int]]:
    """Return `(first, end)` of the runs of equal values."""
    cuts = (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
    return list(pairwise([0, *cuts, values.size]))


def join(first: Fixes, second: Fixes) -> Fixes:
    """Return both, the first before the second."""
    return Fixes(*[np.concatenate((getattr(first, name), getattr(second, name))) for name in _ARRAYS])
