"""Rows of the observatory's figures: what a program gets of a group. Pure; null is *not known*, never zero."""

from __future__ import annotations

from typing import Any

from checkpoints.account_tables import ALL
from checkpoints.indicator_reading import Dimension
from checkpoints.indicators import Figure, Group, Money
from checkpoints.undercount import Estimate


def group_json(group: Group, wanted: tuple[Dimension, ...]) -> dict[str, Any]:
    """Return a group: what it is of, what it rests on, its figures. Null is *not known*, never zero."""
    place = dict(zip(wanted, (None if part in ("", ALL) else part for part in group.key), strict=True))
    return place | {
        "population": group.population,
        "trips": group.trips,
        "coaches": group.coaches,
        "operators": group.operators,
        "km": round(group.km, 1),
        "borders": group.crossings,
        "coverage": None if group.coverage is None else round(group.coverage, 4),
        "marks": list(group.marks),
        "figures": {f"{name}_per_{per}": _figure(figure) for (name, per), figure in group.figures.items()},
        "illicit_payments": [_money(money) for money in group.money],
        "controls_on_road_estimate": _estimate(group.on_road),
        "controls_at_borders_estimate": _estimate(group.at_borders),
    }


def _figure(figure: Figure) -> dict[str, float | None]:
    return {
        "value": round(figure.value, 3),
        "low": None if figure.low is None else round(figure.low, 3),
        "high": None if figure.high is None else round(figure.high, 3),
    }


def _money(money: Money) -> dict[str, Any]:
    return {
        "currency": money.currency,
        "payer": money.payer,
        "place": money.place,
        "payments": money.payments,
        "total": round(money.total, 2),
        "per_trip": _figure(money.per_trip),
        "per_100km": None if money.per_100km is None else _figure(money.per_100km),
        "xof_per_trip": None if money.xof_per_trip is None else round(money.xof_per_trip, 1),
        "rates": [{"on": rate.on, "xof": rate.xof, "source": rate.source} for rate in money.rates],
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {
        "told": estimate.told,
        "estimate": round(estimate.total, 1),
        "low": round(estimate.low, 1),
        "high": round(estimate.high, 1),
        "method": estimate.method,
        "is_lower_bound": estimate.is_bound,
    }
