"""The map's data, made once for everybody who may see the same, and kept for a second or two.

Fifty monitors with the map open cost the database no more than one.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import orjson

from dashboard.map_data import LiveMap, live_json, read_live, version_of
from dashboard.map_places import static_data
from dashboard.parts import Parts
from tracker.geography import Geography
from tracker.scope import Scope

FRESH_S = 1.5
MOST_KEPT = 500

Key = tuple[str | None, ...]


class Snapshots:
    """Live snapshots by what their viewer may see, and the static part by geography. Thread-safe."""

    def __init__(self, parts: Parts) -> None:
        """Prepare; nothing is read before the first question."""
        self._parts = parts
        self._lock = threading.Lock()
        self._live: dict[Key, tuple[float, LiveMap, dict[str, Any]]] = {}
        self._fixed: tuple[Geography, str, bytes] | None = None

    def fixed(self) -> tuple[str, bytes]:
        """Return the static part as JSON, with its version."""
        geography = self._parts.directory.geography
        known = self._fixed
        if known is None or known[0] is not geography:
            data = static_data(geography)
            known = self._fixed = (geography, version_of(data), orjson.dumps(data))
        return known[1], known[2]

    def live(self, scope: Scope) -> LiveMap:
        """Return what the viewer may see now."""
        return self._fresh(scope)[1]

    def live_parts(self, scope: Scope) -> dict[str, Any]:
        """Return the same as JSON, in parts with a version each."""
        return self._fresh(scope)[2]

    def _fresh(self, scope: Scope) -> tuple[float, LiveMap, dict[str, Any]]:
        key = _key(scope)
        known = self._live.get(key)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known
        with self._lock:  # one reads, the others wait for what it found
            known = self._live.get(key)
            if known is not None and time.monotonic() - known[0] < FRESH_S:
                return known
            parts = self._parts
            with parts.database.reading() as session:
                directory = parts.directory
                live = read_live(session, directory.geography, scope, parts.clock.now(), directory.find_vehicle)
            if len(self._live) >= MOST_KEPT:
                self._live.clear()
            self._live[key] = found = (time.monotonic(), live, live_json(live))
            return found


def _key(scope: Scope) -> Key:
    """Return everything of a viewer that `Scope` decides by: two viewers of one key see the same."""
    viewer = scope.viewer
    if viewer is None:
        return ()
    return (viewer.role.value, viewer.operator_id, viewer.post_id, viewer.agency, viewer.country)
