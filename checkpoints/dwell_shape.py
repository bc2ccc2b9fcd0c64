"""How long coaches stand somewhere, and what that says of why: a control is short, a rest is long. Pure.

Each explanation has durations that are log-normal with an unknown median and spread; what is known of medians beforehand
stands below. Spreads are as likely for one as for the other (a canteen that serves everybody in a quarter of an hour is as
regular as a control), so that regularity alone decides nothing. The likelihood of a place's durations is averaged over that
(a Bayes factor), so that two halts say little and twenty say much. Medians of controls: `docs/domain` tables of the field
review (places of control: medians of 1 to 4 minutes, 95th percentiles of 5 to 12); of rests: half an hour and less at places
where coaches stop to eat, an assumption that the corridor's own lonely halts correct.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.geo import Floats

SHORTEST_MIN = 1.5  # shorter halts are not seen
PLACES = 0.25  # how much the logarithms of the medians of two rest places differ: an assumption


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known beforehand of durations: the median in minutes, and how sure that is (of its logarithm)."""

    median_min: float
    median_spread: float


SPREADS = (0.2, 0.9)  # of the logarithms
CONTROL = Shape(4.0, 0.6)  # at one in forty coaches are held for 13 minutes and more in the middle
REST = Shape(15.0, 0.45)


def _cdf(z: Floats) -> Floats:
    """Return the normal distribution function (Abramowitz and Stegun 7.1.26, error under 2e-7)."""
    x = np.abs(z) / np.sqrt(2.0)
    t = 1.0 / (1.0 + 0.3275911 * x)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    upper = 0.5 * tail * np.exp(-x * x)
    result: Floats = np.where(z > 0, 1.0 - upper, upper)
    return result


def _grid(shape: Shape) -> tuple[Floats, Floats, Floats]:
    steps = np.linspace(-2.5, 2.5, 21)
    medians = np.log(shape.median_min) + steps * shape.median_spread
    weights = np.exp(-0.5 * steps**2)
    spreads = np.linspace(*SPREADS, 8)
    m, s = np.meshgrid(medians, spreads, indexing="ij")
    w = np.repeat(weights[:, None], spreads.size, axis=1)
    return m.ravel(), s.ravel(), np.log(w.ravel() / w.sum())


def ln_likelihood(minutes: Sequence[float] | Floats, shape: Shape) -> float:
    """Return the logarithm of the likelihood of durations in minutes under a shape, halts under `SHORTEST_MIN` unseen."""
    medians, spreads, weights = _grid(shape)
    return float(np.logaddexp.reduce(weights + _sum(np.asarray(minutes, dtype=float), medians, spreads)))


def ln_as_rest(minutes: Sequence[float] | Floats, lonely: Shape) -> float:
    """Return the logarithm of the likelihood of durations at a place to rest: as likely one where coaches rest as they do alone
    on this road (`lonely`), or one where they eat (`REST`).

    Alone they may rest for minutes only. That makes a place where they stand for half an hour no more like a control.
    """
    shapes = [ln_likelihood(minutes, shape) for shape in (lonely, REST)]
    return float(np.logaddexp.reduce(shapes)) - float(np.log(len(shapes)))


def corrected(shape: Shape, minutes: Floats) -> Shape:
    """Return a shape as durations of its kind correct it; places still differ among themselves by `PLACES`."""
    if minutes.size == 0:
        return shape
    medians, spreads, weights = _grid(shape)
    logs = weights + _sum(minutes, medians, spreads)
    share = np.exp(logs - np.logaddexp.reduce(logs))
    median = float(share @ medians)
    sure = float(share @ (medians - median) ** 2)
    return Shape(round(float(np.exp(median)), 2), round((sure + PLACES**2) ** 0.5, 3))


def _sum(minutes: Floats, medians: Floats, spreads: Floats) -> Floats:
    logs = np.log(np.maximum(minutes, SHORTEST_MIN))[:, None]
    z = (logs - medians) / spreads
    beyond = np.log(np.maximum(1.0 - _cdf((np.log(SHORTEST_MIN) - medians) / spreads), 1e-9))
    result: Floats = np.sum(-0.5 * z**2 - np.log(spreads) - beyond, axis=0)
    return result
