"""Passages that were slow at one place: a payment through the window takes 10 to 40 seconds and is no halt. Pure.

From when a coach passed each quarter of a kilometre (`tracker/paces.py`): over `WINDOW` such stretches it is compared with
its own pace beside them, on the side on which it was slower, so that a town's edge or a jam explains itself. What it took
longer is its *loss*, less what it was too quick by close to it (a misplaced fix takes from one stretch what it gives the
next, and no coach makes up for a payment within 500 m), and less what nearly every coach loses there (`USUAL` of them lose
as much or more: a bend, a bridge, a town shorter than the reach), so a place that holds more than four in five coaches looks
like the road. Losses of `LEAST_LOSS_S` or more, and of `NOISES` times the place's own noise, are gathered like halts and go
through the same scan, with the rate of such losses on that section as base rate. The noise is that of those who lose least,
between `USUAL` and `NEARLY_ALL` of the coaches: a normal spread has 0.8 of its deviation there, one of which most are held
has less.

What is seen: at a fix in 10 seconds a loss lies within some 100 m. With fixes farther apart than `FINE_S` one that is
misplaced or missing costs as much as a payment (at 30 s that gave false findings, at 60 s nothing else): such drives are no
passes here. A light, a bad spot or a market does the same to coaches, so this alone is never very sure (`judgement`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from checkpoints.traffic import GRID_KM, Stand, Traffic
from tracker.fixes import Bools
from tracker.geo import Floats

WINDOW, BESIDE, APART = 3, 4, 1  # stretches: in the window, compared on each side, and left between
USUAL, NEARLY_ALL, LEAST_DRIVES = 0.8, 0.95, 10
TOO_QUICK = 0.8
BETWEEN, NOISES = 0.8, 5.0
LEAST_KNOWN, SLOWER = 3, 0.75  # of a side: so many stretches known, and the pace of its slower ones
LEAST_LOSS_S = 10.0
FINE_S = 15.0  # between two fixes
WIDTHS_KM = (0.25, 0.5, 1.0)
BesideKm = Callable[[float, float], str | None]  # given kilometre and time, what explains a loss there


def slow_passes(traffic: Traffic, explain: BesideKm) -> tuple[Stand, ...]:
    """Return the losses of a section's drives as stands that took so long."""
    losses, fine = losses_s(traffic), is_fine(traffic)
    found = []
    for drive in range(len(traffic)):
        sighting, own = traffic.paces[drive], losses[drive]
        if sighting is None or not fine[drive]:
            continue
        for at in _peaks(own):
            low = max(0, at - WINDOW // 2)
            part = np.clip(np.nan_to_num(_extra(traffic, drive, at)), 0.0, None)
            km = (low + 0.5 + float(part @ np.arange(part.size)) / max(1e-9, float(part.sum()))) * GRID_KM
            start = float(np.nanmin(traffic.cut_s[drive, at : at + 2]))
            latitude, longitude = traffic.section.line.point_at(km)
            found.append(
                Stand(
                    drive,
                    round(km, 3),
                    start,
                    start + float(own[at]),
                    latitude,
                    longitude,
                    sighting,
                    explain(km, start),
                )
            )
    return tuple(found)


def is_fine(traffic: Traffic) -> Bools:
    """Say of each drive whether its fixes are near enough to one another to show where it was slow."""
    every_s = [getattr(one.fact, "every_s", np.inf) if one is not None else np.inf for one in traffic.paces]
    return np.array(every_s) <= FINE_S


def paced(traffic: Traffic, stands: tuple[Stand, ...]) -> Traffic:
    """Return the drives with slow passages in the place of halts; one whose fixes are too far apart there was not seen."""
    return replace(traffic, stands=stands, seen=np.isfinite(traffic.cut_s) & is_fine(traffic)[:, None])


def losses_s(traffic: Traffic) -> Floats:
    """Return by drive and stretch how much longer the window around it took than the drive's own pace beside it explains, and
    than is usual there; 0 or less where it may be noise, NaN: not known.

    Stretches with a halt are not known, nor are those beside which a side is not.
    """
    took = _took(traffic)
    size = took.shape[1]
    losses = np.full(took.shape, np.nan)  # first as shares of the own pace: a slow driver loses more in every bend
    paces = np.full(took.shape, np.nan)
    half, reach = WINDOW // 2, WINDOW // 2 + APART + BESIDE
    for at in range(half, size - half):
        before = took[:, max(0, at - reach) : max(0, at - half - APART)]
        after = took[:, at + half + APART + 1 : at + reach + 1]
        pace = np.maximum(_share(before, SLOWER, LEAST_KNOWN), _share(after, SLOWER, LEAST_KNOWN))
        paces[:, at] = WINDOW * pace
        lost = took[:, at - half : at + half + 1].sum(axis=1) - paces[:, at]
        quick = np.minimum(_share(before, 1 - SLOWER, LEAST_KNOWN), _share(after, 1 - SLOWER, LEAST_KNOWN))[:, None]
        around = took[:, max(0, at - half - APART - 1) : at + half + APART + 2]
        lost -= np.where(around < TOO_QUICK * quick, quick - around, 0.0).sum(axis=1)
        losses[:, at] = lost / np.maximum(paces[:, at], 1.0)
    for way in (traffic.rising, ~traffic.rising):
        usual = _share(losses[way].T, 1 - USUAL, LEAST_DRIVES)
        noise = (usual - _share(losses[way].T, 1 - NEARLY_ALL, LEAST_DRIVES)) / BETWEEN
        beyond = losses[way] - np.maximum(usual, 0.0)
        losses[way] = np.where(beyond >= NOISES * noise, beyond, np.minimum(beyond, 0.0))
    result: Floats = losses * paces
    return result


def _took(traffic: Traffic) -> Floats:
    took: Floats = np.abs(np.diff(traffic.cut_s, axis=1))
    for stand in traffic.stands:  # a halt is no slow passage, nor is what leads up to it
        at = int(stand.km / GRID_KM)
        took[stand.drive, max(0, at - 2) : at + 3] = np.nan
    return took


def _share(values: Floats, share: float, least: int) -> Floats:
    """Return of each row the value that this share of the known ones do not exceed, NaN where fewer than `least` are known."""
    known = np.isfinite(values).sum(axis=1)
    ordered = np.sort(values, axis=1)  # NaN last
    result = np.full(values.shape[0], np.nan)
    rows = np.flatnonzero(known >= least)
    result[rows] = ordered[rows, np.rint(share * (known[rows] - 1)).astype(int)]
    return result


def _extra(traffic: Traffic, drive: int, at: int) -> Floats:
    """Return what each stretch of a window took longer than its quickest."""
    half = WINDOW // 2
    took: Floats = np.abs(np.diff(traffic.cut_s[drive, max(0, at - half) : at + half + 2]))
    return took - np.nanmin(took)


def _peaks(losses: Floats) -> list[int]:
    """Return where a drive lost most, each at least a window from the next."""
    found: list[int] = []
    for at in np.argsort(-np.nan_to_num(losses), kind="stable").tolist():
        if not losses[at] >= LEAST_LOSS_S:
            break
        if all(abs(at - other) > WINDOW for other in found):
            found.append(at)
    return sorted(found)
