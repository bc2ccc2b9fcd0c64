"""Published indicators: what observatories said of trucks, as dated claims with their source; never on one axis with coaches.

Shipped with the package (`checkpoints/data/published_indicators.csv`). Their kilometres, samples and rules are their own.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIndicator:
    """One claim. `scope` is the publisher's word for where; `country` is set where that is one state.

    `precision`: how the text put it (`approximate`, `more_than`, `basis_by_context`), None where it gave a plain number.
    """

    period: str
    report: str
    scope: str
    country: str | None
    metric: Literal["controls", "payments", "control_time", "border_time"]
    per: Literal["trip", "100km", "post"]
    value: float
    unit: Literal["controls", "XOF", "USD", "minutes"]
    precision: str | None
    source: str


@cache
def list_published() -> tuple[PublishedIndicator, ...]:
    """Return the shipped claims, the latest period first."""
    text = (files("checkpoints") / "data" / "published_indicators.csv").read_text("utf-8")
    rows = [
        PublishedIndicator(**row | {"value": float(row["value"]), "country": row["country"] or None,
                                    "precision": row["precision"] or None})
        for row in csv.DictReader(text.splitlines())
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.period != "undated", row.period), reverse=True))
