"""The observatory's indicators, from sums by coach: controls, illicit payments, delays, each with an interval. Pure.

OPA's three: controls per trip and per 100 km, illicit payments per trip and per 100 km, control time per trip and per 100 km.
Beside them the delays that are not OPA's, kept apart: border dwell (also per border crossed), waiting for opening hours,
driving slower than free flow. The headline is of trips with coach and crew in order and of what the crew paid; beside it
stand all trips, and what passengers paid. What crews report is a lower bound. Intervals: `coach_bootstrap`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from checkpoints.coach_bootstrap import Floats, ratio_interval
from checkpoints.exchange_rates import Rate
from checkpoints.undercount import Estimate, chao, chapman

LEAST_CELL = (5, 3, 2)  # trips, coaches, operators: `care.md`, section 1
SHORT_KM = 100.0  # a state with less road than this on a trip (Togo: 52 km) makes figures per 100 km that nobody drove
HUNDRED_KM_M = 100_000.0

Per = Literal["trip", "100km", "border"]
# What is counted, as the sum of which columns, and in what unit it is told.
MEASURES: Mapping[str, tuple[tuple[str, ...], float]] = {
    "stops": (("stops",), 1.0),
    "controls": (("controls",), 1.0),
    "reported_controls": (("reported",), 1.0),
    "control_min": (("control_s",), 60.0),
    "border_min": (("border_s",), 60.0),
    "opening_min": (("opening_s",), 60.0),
    "slow_min": (("slow_s",), 60.0),
}
ROAD_SOURCES, BORDER_SOURCES = ("g", "c", "gc"), ("g", "c", "l", "gc", "gl", "cl", "gcl")


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its 95 % interval; `low` and `high` are None where one coach alone made it."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Illicit payments in one currency: how many, and the sums per trip and per 100 km in that currency and in XOF.

    `payer`: crew (the headline; the company's count as the crew's), passenger, unknown. `place`: road, border. `rates`: those
    used; `xof_per_trip` is None where one is missing.
    """

    currency: str
    payer: str
    place: str
    payments: int
    total: float
    per_trip: Figure
    per_100km: Figure | None
    xof_per_trip: float | None
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The indicators of one group and population. `coverage`: the share of its finished trips that count.

    `marks`, codes: `few` (fewer than five trips, three coaches or two operators), `short_road`, `rate_missing`.
    """

    key: tuple[str, ...]
    population: str
    trips: int
    coaches: int
    operators: int
    km: float
    crossings: int
    coverage: float | None
    figures: Mapping[tuple[str, Per], Figure]
    money: tuple[Money, ...]
    on_road: Estimate | None
    at_borders: Estimate | None
    marks: tuple[str, ...]


@dataclass(slots=True)
class CoachSums:
    """What is summed of one coach in one group: columns of the cells; money by (currency, payer, place, month)."""

    operator_id: str
    counts: dict[str, int] = field(default_factory=dict)
    money: dict[tuple[str, str, str, int], list[int]] = field(default_factory=dict)


def make_group(
    key: tuple[str, ...],
    population: str,
    own: Mapping[str, CoachSums],
    whole: Mapping[str, CoachSums],
    rates: Mapping[tuple[str, int], Rate],
    coverage: float | None,
) -> Group:
    """Return the indicators of a group. `own`: sums by coach; `whole`: those of all agencies together, for denominators."""
    coaches = sorted(vehicle for vehicle, sums in whole.items() if sums.counts.get("trips"))
    trips, metres, crossings = (_column(coaches, whole, (name,)) for name in ("trips", "metres", "crossings"))
    size = (int(trips.sum()), len(coaches), len({whole[v].operator_id for v in coaches}))
    km = float(metres.sum()) / 1000
    marks = ["few"] if any(have < least for have, least in zip(size, LEAST_CELL, strict=True)) else []
    if size[0] and km / size[0] < SHORT_KM:
        marks.append("short_road")
    figures: dict[tuple[str, Per], Figure] = {}
    for name, (columns, unit) in MEASURES.items():
        amounts = _column(coaches, own, columns) / unit
        figures |= _figures(name, coaches, amounts, trips, metres, crossings if name == "border_min" else None)
    money = tuple(_money(coaches, own, trips, metres, rates))
    if any(one.xof_per_trip is None for one in money):
        marks.append("rate_missing")
    road = {s: sum(own[v].counts.get(f"road_{s}", 0) for v in own) for s in ROAD_SOURCES}
    border = {s: sum(own[v].counts.get(f"border_{s}", 0) for v in own) for s in BORDER_SOURCES}
    return Group(
        key=key, population=population, trips=size[0], coaches=size[1], operators=size[2], km=km,
        crossings=int(crossings.sum()), coverage=coverage, figures=figures, money=money,
        on_road=chapman(road["g"] + road["gc"], road["c"] + road["gc"], road["gc"]), at_borders=chao(border),
        marks=tuple(marks),
    )  # fmt: skip


def _column(coaches: Sequence[str], sums: Mapping[str, CoachSums], names: Iterable[str]) -> Floats:
    wanted = tuple(names)
    return np.array(
        [sum(sums[v].counts.get(name, 0) for name in wanted) if v in sums else 0 for v in coaches], dtype=np.float64
    )


def _figures(
    name: str, coaches: Sequence[str], amounts: Floats, trips: Floats, metres: Floats, crossings: Floats | None
) -> dict[tuple[str, Per], Figure]:
    sizes: list[tuple[Per, Floats]] = [("trip", trips), ("100km", metres / HUNDRED_KM_M)]
    if crossings is not None:
        sizes.append(("border", crossings))
    return {(name, per): _figure(coaches, amounts, size) for per, size in sizes if size.sum() > 0}


def _figure(coaches: Sequence[str], amounts: Floats, sizes: Floats) -> Figure:
    low, high = ratio_interval(coaches, amounts, sizes) or (None, None)
    return Figure(float(amounts.sum() / sizes.sum()), low, high)


def _money(
    coaches: Sequence[str],
    own: Mapping[str, CoachSums],
    trips: Floats,
    metres: Floats,
    rates: Mapping[tuple[str, int], Rate],
) -> Iterable[Money]:
    keys = sorted({key[:3] for sums in own.values() for key in sums.money})
    for currency, payer, place in keys:
        if not trips.sum():
            continue
        totals, payments, xof = np.zeros(len(coaches)), 0, 0.0
        used: dict[tuple[str, int], Rate] = {}
        is_known = True
        for number, vehicle in enumerate(coaches):
            for (c, who, where, month), (cents, count) in (own[vehicle].money if vehicle in own else {}).items():
                if (c, who, where) != (currency, payer, place):
                    continue
                totals[number] += cents / 100
                payments += count
                rate = rates.get((currency, month))
                is_known &= rate is not None
                if rate is not None:
                    used[rate.currency, month] = rate
                    xof += cents / 100 * rate.xof
        yield Money(
            currency=currency, payer=payer, place=place, payments=payments, total=float(totals.sum()),
            per_trip=_figure(coaches, totals, trips),
            per_100km=_figure(coaches, totals, metres / HUNDRED_KM_M) if metres.sum() else None,
            xof_per_trip=xof / float(trips.sum()) if is_known else None,
            rates=tuple(sorted(set(used.values()), key=lambda r: r.on)),
        )  # fmt: skip
