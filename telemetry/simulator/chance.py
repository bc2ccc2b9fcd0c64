"""Chance that is the same on every machine: generators by name, and noise that belongs to a moment, not to an order.

Noise is made of whole numbers and sums only (no sine or logarithm, which differ in the last bit between processors), and
what the generators give is rounded by who uses it.
"""

from __future__ import annotations

import math
import random
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.geo import Floats

Bits = NDArray[np.uint64]


def draws(*name: Any) -> random.Random:
    """Return a generator of its own for what `name` says."""
    return random.Random(":".join(str(part) for part in name))


def key_of(*name: Any) -> int:
    """Return 64 bits that stand for `name`."""
    return int.from_bytes(sha256(":".join(str(part) for part in name).encode()).digest()[:8], "big")


def log_normal(rng: random.Random, median: float, p95: float) -> float:
    """Return a draw from the log-normal distribution with this median and 95th percentile."""
    return median * math.exp(rng.gauss(0, 1) * math.log(p95 / median) / 1.645)


def skewed(rng: random.Random, low: float, high: float) -> float:
    """Return a draw between two bounds, most often in the lower half (triangular, mode at a quarter)."""
    return rng.triangular(low, high, low + (high - low) / 4)


def count(rng: random.Random, mean: float) -> int:
    """Return a draw from the Poisson distribution."""
    limit, product, number = math.exp(-min(mean, 700)), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number


def bits(key: int, moments: NDArray[np.int64], salt: int) -> Bits:
    """Return 64 random bits for each whole number of `moments` (splitmix64)."""
    with np.errstate(over="ignore"):
        x = moments.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(
            (key ^ (salt * 0xD1B54A32D192ED03)) % 2**64
        )
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def shares(of: Bits) -> Floats:
    """Return numbers from 0 to 1 (1 excluded), evenly spread."""
    return (of >> np.uint64(11)).astype(np.float64) / 2.0**53


def bell(of: Bits) -> Floats:
    """Return numbers of mean 0 and standard deviation 1, near enough to normal for a receiver's jitter.

    The sum of four even ones (Irwin-Hall): nothing is farther than 3.5 from 0.
    """
    mask = np.uint64(0xFFFF)
    total: Floats = np.zeros(of.shape)
    for part in range(4):
        total += ((of >> np.uint64(16 * part)) & mask).astype(np.float64)
    return (total / 65536.0 - 2.0) * 1.7320508075688772
