"""The observatory's report of a period for the public: the tables that page and API read, less what may not be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlmodel import Session

from checkpoints.account_tables import Period
from checkpoints.exchange_rates import Rate
from checkpoints.indicator_reading import POPULATIONS, Dimension, read_indicators
from checkpoints.indicators import Group
from checkpoints.trip_accounts import list_accounts
from dashboard.indicator_rows import group_json
from dashboard.public_figures import withheld_rows
from dashboard.visible_figures import untold_soldiers
from tracker.geography import Geography
from tracker.restrictions import NONE, Restrictions
from tracker.scope import scope_of

# Each table, what it groups by, and which table it takes apart.
TABLES: Mapping[str, tuple[tuple[Dimension, ...], str | None]] = {
    "all": ((), None),
    "corridor": (("corridor",), "all"),
    "direction": (("corridor", "direction"), "corridor"),
    "country": (("country",), None),
    "agency": (("country", "agency"), "country"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report. `groups`: those that may be published; `withheld`: keys and populations of the others."""

    name: str
    dimensions: tuple[Dimension, ...]
    groups: Sequence[Group]
    withheld: Sequence[tuple[tuple[str, ...], str]]

    def find(self, key: tuple[str, ...], population: str) -> Group | None:
        """Return a row that may be published."""
        return next((one for one in self.groups if (one.key, one.population) == (key, population)), None)

    def withheld_of(self, key: tuple[str, ...]) -> list[str]:
        """Return the populations of which a row is withheld."""
        return [name for name in POPULATIONS if (key, name) in self.withheld]

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """The keys of all rows, in order."""
        return sorted({one.key for one in self.groups} | {key for key, _ in self.withheld})

    def rows(self) -> list[dict[str, Any]]:
        """Return its rows as the API gives them; of one that is withheld only what it is of."""
        shown = [(one.key, one.population, group_json(one, self.dimensions)) for one in self.groups]
        names = [
            (
                key,
                people,
                {name: part or None for name, part in zip(self.dimensions, key, strict=True)} | {"population": people},
            )
            for key, people in self.withheld
        ]
        ordered = sorted(
            [(*one, False) for one in shown] + [(*one, True) for one in names],
            key=lambda one: (one[0], one[1] == "all"),
        )
        return [{"table": self.name, **row, "withheld": is_withheld} for _, _, row, is_withheld in ordered]


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a period. `ended_at`: when the last trip that began in it ended; None where there is none."""

    period: Period
    tables: Mapping[str, Table]
    ended_at: datetime | None
    version: str

    @property
    def is_empty(self) -> bool:
        """Say whether no trip of the period counts."""
        return not self.tables["all"].keys

    @property
    def rates(self) -> list[Rate]:
        """The exchange rates that its figures in XOF were made with."""
        used = {rate for table in self.tables.values() for one in table.groups for m in one.money for rate in m.rates}
        return sorted(used, key=lambda rate: (rate.currency, rate.on))


def read_report(session: Session, period: Period, geography: Geography, restrictions: Restrictions = NONE) -> Report:
    """Read the report of a period, of all corridors, states and operators, as far as the public may know it."""
    untold = untold_soldiers(scope_of(None, restrictions), geography)
    tables: dict[str, Table] = {}
    for name, (dimensions, outer) in TABLES.items():
        found = read_indicators(session, period, dimensions, untold=untold)
        gone = withheld_rows(found, tables[outer].withheld if outer else ())
        tables[name] = Table(name, dimensions, [g for g in found if (g.key, g.population) not in gone], sorted(gone))
    last = list_accounts(session, period, limit=1)
    return Report(period, tables, last[0].ended_at if last else None, version("ecowas-corridor-monitor"))
