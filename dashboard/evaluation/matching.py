"""Which finding is which true checkpoint, by the rule of the contract (section 5). Pure.

A finding matches a true checkpoint when it lies within 2 km of it on the road and their times overlap. Two findings on one
checkpoint count one right and one false; a finding on a listed one is false. A finding that names a stretch with an
estimated number of posts matches that many of the true ones inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checkpoints.findings import Finding

WITHIN_KM = 2.0


@dataclass(frozen=True, slots=True)
class TrueCheckpoint:
    """A checkpoint of the truth that nobody listed. `halted`: how many coaches it stopped."""

    index: int
    km: float
    started_at: datetime
    ended_at: datetime
    halted: int


@dataclass(frozen=True, slots=True)
class Place:
    """A finding as the scenario's corridor has it."""

    km: float
    started_at: datetime
    ended_at: datetime
    confidence: float
    stretch: tuple[float, float, int] | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """`right[i]`: whether finding `i` is right; `found[j]`: the finding that found checkpoint `j`, or None."""

    right: tuple[bool, ...]
    found: tuple[int | None, ...]

    @property
    def scores(self) -> Scores:
        """Tell them as numbers."""
        hits = sum(one is not None for one in self.found)
        return Scores(hits, sum(not one for one in self.right), len(self.found) - hits)


@dataclass(frozen=True, slots=True)
class Scores:
    """Right findings, false ones, and checkpoints that were not found."""

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float | None:
        """Share of the findings that are right; None without findings."""
        total = self.true_positives + self.false_positives
        return self.true_positives / total if total else None

    @property
    def recall(self) -> float | None:
        """Share of the checkpoints that were found; None without any."""
        total = self.true_positives + self.false_negatives
        return self.true_positives / total if total else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where there was nothing to find and nothing was found."""
        total = 2 * self.true_positives + self.false_positives + self.false_negatives
        return 2 * self.true_positives / total if total else None

    def __add__(self, other: Scores) -> Scores:
        """Add up."""
        return Scores(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )

    def as_dict(self) -> dict[str, float | int | None]:
        """Return what `corridor evaluate` says of them."""
        return {
            "true_positives": self.true_positives,
            "false_positives": self.false_positives,
            "false_negatives": self.false_negatives,
            "precision": _rounded(self.precision),
            "recall": _rounded(self.recall),
            "f1": _rounded(self.f1),
        }


def match(places: Sequence[Place], truths: Sequence[TrueCheckpoint]) -> Matching:
    """Match findings with checkpoints, nearest pairs first, each at most once; stretches take as many as they name."""
    pairs = sorted(
        (abs(place.km - truth.km), i, j)
        for i, place in enumerate(places)
        for j, truth in enumerate(truths)
        if place.stretch is None and abs(place.km - truth.km) <= WITHIN_KM and _overlap(place, truth)
    )
    right, found = [False] * len(places), [None] * len(truths)  # type: list[bool], list[int | None]
    for _, i, j in pairs:
        if not right[i] and found[j] is None:
            right[i], found[j] = True, i
    for i, place in enumerate(places):
        if place.stretch is None:
            continue
        low, high, number = place.stretch
        inside = [j for j, t in enumerate(truths) if found[j] is None and low <= t.km <= high and _overlap(place, t)]
        for j in inside[:number]:
            right[i], found[j] = True, i
    return Matching(tuple(right), tuple(found))


def _overlap(place: Place, truth: TrueCheckpoint) -> bool:
    return place.started_at <= truth.ended_at and truth.started_at <= place.ended_at


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def place_of(finding: Finding, km: float, bounds_km: tuple[float, float]) -> Place:
    """Return a finding as it lies on the scenario's corridor."""
    stretch = (*bounds_km, finding.estimate[0]) if finding.estimate is not None else None
    return Place(km, finding.started_at, finding.ended_at, finding.confidence, stretch)
