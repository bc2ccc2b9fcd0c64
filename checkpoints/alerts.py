"""Which reports are safety alerts to the operator: never a control, a payment statistic or a case (`care.md`, section 1).

A stop by an armed group is one anywhere, one by soldiers in a restricted section. Rules leave them out and count them.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import TypeVar

from checkpoints.agencies import ARMED_GROUP
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from tracker.restrictions import Restrictions, where_of

MILITARY = "military"
LEFT_OUT = {ARMED_GROUP: "armed_group", MILITARY: "restricted_military"}
NO_CHECKPOINT = "safety_alert"  # a halt during one
CODES = frozenset({*LEFT_OUT.values(), NO_CHECKPOINT})

Report = TypeVar("Report", ReportedControl, ReportedIncident)


def is_alert(row: ReportedControl | ReportedIncident, restrictions: Restrictions) -> bool:
    """Say whether a report is the operator's alone because of who stopped the coach, and where."""
    if row.agency == MILITARY:
        return restrictions.covers(where_of(row), row.observed_at, row.ended_at)
    return row.agency == ARMED_GROUP


def without_alerts(
    rows: Iterable[Report], restrictions: Restrictions, left_out: MutableMapping[str, int] | None = None
) -> list[Report]:
    """Return the reports that rules may use; what is left out is counted in `left_out`, if given."""
    kept = []
    for row in rows:
        if not is_alert(row, restrictions):
            kept.append(row)
        elif left_out is not None and row.agency is not None:
            code = LEFT_OUT[row.agency]
            left_out[code] = left_out.get(code, 0) + 1
    return kept
