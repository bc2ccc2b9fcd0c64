"""Which rows of the observatory the public may have: none of a small cell, and none from which one follows. Pure.

A cell is small under five trips, three coaches or two operators (`care.md`, section 1). Where a table has one small row, the
next smallest is withheld as well, because the whole less the others would tell it; so is *all trips* where it differs from
the trips in order by fewer than five.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from checkpoints.indicator_reading import POPULATIONS
from checkpoints.indicators import LEAST_CELL, Group

RowKey = tuple[tuple[str, ...], str]  # a group's key and its population


def withheld_rows(groups: Iterable[Group], outer: Collection[RowKey] = ()) -> frozenset[RowKey]:
    """Return the rows of a table that the public may not have.

    `outer`: those of the table that this one takes apart, by the key without its last part; their parts go with them.
    """
    rows = list(groups)
    in_order = {row.key: row.trips for row in rows if row.population == POPULATIONS[0]}
    siblings: dict[RowKey, list[Group]] = defaultdict(list)
    found: set[RowKey] = set()
    for row in rows:
        siblings[row.key[:-1], row.population].append(row)
        others = row.trips - in_order.get(row.key, 0)
        tells_others = row.population == POPULATIONS[1] and 0 < others < LEAST_CELL[0]
        if "few" in row.marks or tells_others or (row.key[:-1], row.population) in outer:
            found.add((row.key, row.population))
    for own in siblings.values():
        shown = [row for row in own if (row.key, row.population) not in found]
        if shown and len(own) - len(shown) == 1:
            least = min(shown, key=lambda row: (row.trips, row.key))
            found.add((least.key, least.population))
    return frozenset(found)
