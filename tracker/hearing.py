"""What a viewer may know of when something was last heard of coaches: where one falls silent is where it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tracker.database import Database
from tracker.restrictions import Where, where_of
from tracker.scope import Scope
from tracker.sightings import list_coaches_now


class Hearing:
    """Tells one viewer when coaches were heard of."""

    def __init__(self, scope: Scope, seen: Mapping[str, tuple[Where, datetime]]) -> None:
        """`seen`: where coaches were seen last, and when; of the others nobody knows where they are."""
        self._scope, self._seen = scope, seen

    def told(self, at: datetime | None, operator_id: str | None, vehicle_id: str | None) -> datetime | None:
        """Return when a coach was heard of, as far as the viewer may know."""
        where, seen_at = self._seen.get(vehicle_id or "", (Where(), None))
        return self._scope.heard_as_told(at, operator_id, where, seen_at)


def read_hearing(database: Database, scope: Scope) -> Hearing:
    """Read where the coaches were seen last, if anything depends on it."""
    if not scope.restrictions:
        return Hearing(scope, {})
    with database.reading() as session:
        return Hearing(scope, {one.vehicle_id: (where_of(one), one.observed_at) for one in list_coaches_now(session)})
