"""The map's data, made once for everybody who may see the same, and kept as long as it stays true enough.

Fifty monitors with the map open cost the database no more than one. What moves is kept for a second or two, a window of
flow the longer the wider it is, a stretch's silence for minutes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, Generic, TypeVar

import orjson

from checkpoints.flags import Flag
from dashboard.map_data import LiveMap, live_json, read_live, version_of
from dashboard.map_flags import flags_json, read_flags
from dashboard.map_flow import USUAL, FlowMap, flow_json, read_flow_map, read_post_dwell, usual_of
from dashboard.map_lines import encode_ground
from dashboard.map_places import static_data
from dashboard.map_silences import read_silent_stretches, silence_json
from dashboard.parts import Parts
from dashboard.paths import STATIC
from dashboard.windows import Window
from tracker.geography import Geography
from tracker.scope import Action, Scope
from tracker.silences import SilenceReading

LIVE_S = 1.5
FLOW_S = {"now": 15.0, "24h": 45.0, "7d": 120.0, "30d": 300.0}
DAY_S = 300.0  # a day that is over changes by late positions only
USUAL_S = 600.0
SILENCE_S = 300.0
FLAGS_S = 15.0  # rules run every ten minutes; what somebody decided should show soon
MOST_KEPT = 500

Key = tuple[str | None, ...]
Thing = TypeVar("Thing")
Usual = dict[tuple[str, str], float]


class Kept(Generic[Thing]):
    """Things by key, each made when first asked for and again when it has become too old. Thread-safe."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._things: dict[Hashable, tuple[float, Thing]] = {}

    def get(self, key: Hashable, fresh_s: float, make: Callable[[], Thing]) -> Thing:
        """Return the thing of `key`, at most `fresh_s` old; one makes it, the others wait for what was made."""
        if (known := self._known(key, fresh_s)) is not None:
            return known[1]
        with self._lock:
            if len(self._things) >= MOST_KEPT:
                self._things.clear()
                self._making.clear()
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if (known := self._known(key, fresh_s)) is not None:
                return known[1]
            made = make()
            self._things[key] = (time.monotonic(), made)
            return made

    def clear(self) -> None:
        """Forget everything: what is asked for next is made anew."""
        with self._lock:
            self._things.clear()

    def _known(self, key: Hashable, fresh_s: float) -> tuple[float, Thing] | None:
        known = self._things.get(key)
        return known if known is not None and time.monotonic() - known[0] < fresh_s else None


class Snapshots:
    """Snapshots by what their viewer may see, and the static part by geography. Thread-safe."""

    def __init__(self, parts: Parts) -> None:
        """Prepare; nothing is read before the first question."""
        self._parts = parts
        self._live: Kept[tuple[LiveMap, dict[str, Any]]] = Kept()
        self._flow: Kept[tuple[FlowMap, str, bytes]] = Kept()
        self._flags: Kept[tuple[list[Flag], dict[str, Any]]] = Kept()
        self._usual: Kept[Usual] = Kept()
        self._silence: Kept[tuple[list[SilenceReading], str, bytes]] = Kept()
        self._fixed: tuple[Geography, str, bytes] | None = None
        self._ground: tuple[str, bytes] | None = None

    def forget(self, *, usual_too: bool = True) -> None:
        """Make everything anew when it is next asked for; what is usual at posts may stay."""
        for kept in (self._live, self._flags, self._flow, self._silence):
            kept.clear()
        self._fixed = None
        if usual_too:
            self._usual.clear()

    def fixed(self) -> tuple[str, bytes]:
        """Return the static part as JSON, with its version."""
        geography = self._parts.directory.geography
        known = self._fixed
        if known is None or known[0] is not geography:
            data = static_data(geography)
            known = self._fixed = (geography, version_of(data), orjson.dumps(data))
        return known[1], known[2]

    def ground(self) -> tuple[str, bytes]:
        """Return land and borders as JSON, with its version."""
        if self._ground is None:
            data = encode_ground(orjson.loads((STATIC / "vendor" / "basemap.json").read_bytes()))
            self._ground = (version_of(data), orjson.dumps(data))
        return self._ground

    def live(self, scope: Scope) -> LiveMap:
        """Return what the viewer may see now."""
        return self._fresh(scope)[0]

    def live_parts(self, scope: Scope) -> dict[str, Any]:
        """Return the same as JSON, in parts with a version each."""
        return {**self._fresh(scope)[1], "flags": self._flagged(scope)[1]}

    def flags(self, scope: Scope) -> list[Flag]:
        """Return the flags that go on and that the viewer may see."""
        return self._flagged(scope)[0]

    def flow(self, scope: Scope, window: Window, operator_id: str = "") -> FlowMap:
        """Return flow and dwell in a window, of one operator if one is named."""
        return self._window(scope, window, operator_id)[0]

    def flow_body(self, scope: Scope, window: Window, operator_id: str = "") -> tuple[str, bytes]:
        """Return the same as JSON, with its version."""
        _, version, body = self._window(scope, window, operator_id)
        return version, body

    def silences(self, scope: Scope) -> list[SilenceReading]:
        """Return the silent stretches that the viewer may see."""
        return self._stretches(scope)[0]

    def silences_body(self, scope: Scope) -> tuple[str, bytes]:
        """Return the same as JSON, with its version."""
        _, version, body = self._stretches(scope)
        return version, body

    def _fresh(self, scope: Scope) -> tuple[LiveMap, dict[str, Any]]:
        def make() -> tuple[LiveMap, dict[str, Any]]:
            parts = self._parts
            directory = parts.directory
            with parts.database.reading() as session:
                live = read_live(session, directory.geography, scope, parts.clock.now(), directory.find_vehicle)
            return live, live_json(live)

        return self._live.get(key_of(scope), LIVE_S, make)

    def _flagged(self, scope: Scope) -> tuple[list[Flag], dict[str, Any]]:
        def make() -> tuple[list[Flag], dict[str, Any]]:
            with self._parts.database.reading() as session:
                flags = read_flags(session, scope)
            part = flags_json(flags, self._parts.directory.geography, is_shown=scope.may(Action.VIEW_FLAGS))
            return flags, {"version": version_of(part), **part}

        return self._flags.get(key_of(scope), FLAGS_S, make)

    def _window(self, scope: Scope, window: Window, operator_id: str) -> tuple[FlowMap, str, bytes]:
        today = window.day is not None and window.until > self._parts.clock.now()
        fresh_s = FLOW_S["24h"] if today else FLOW_S.get(window.code, DAY_S)
        # A window that ends now is the same window a moment later; one of the calendar is named by its hours.
        name: tuple[object, ...] = (window.since, window.until) if window.day else (window.code,)

        def make() -> tuple[FlowMap, str, bytes]:
            parts = self._parts
            geography, now = parts.directory.geography, parts.clock.now()
            usual = self._usual_dwell(scope, operator_id, now.date())
            with parts.database.reading() as session:
                flow = read_flow_map(session, geography, scope, window, now, usual, operator_id)
            data = flow_json(flow, geography)
            said = {part: data[part] for part in data if part not in ("since", "until")}
            return flow, version_of(said), orjson.dumps(data)

        return self._flow.get((*key_of(scope), operator_id, *name), fresh_s, make)

    def _usual_dwell(self, scope: Scope, operator_id: str, today: date) -> Usual:
        def make() -> Usual:
            parts = self._parts
            geography, now = parts.directory.geography, parts.clock.now()
            with parts.database.reading() as session:
                return usual_of(read_post_dwell(session, geography, scope, now - USUAL, now, now, operator_id))

        return self._usual.get((*key_of(scope), operator_id, today), USUAL_S, make)

    def _stretches(self, scope: Scope) -> tuple[list[SilenceReading], str, bytes]:
        def make() -> tuple[list[SilenceReading], str, bytes]:
            parts = self._parts
            geography = parts.directory.geography
            with parts.database.reading() as session:
                found = read_silent_stretches(session, geography, scope, parts.clock.now())
            data = silence_json(found, geography)
            return found, version_of(data), orjson.dumps(data)

        return self._silence.get(key_of(scope), SILENCE_S, make)


def key_of(scope: Scope) -> Key:
    """Return everything that `Scope` decides by, of a viewer and of restricted sections: two of one key see the same."""
    viewer = scope.viewer
    if viewer is None:
        return (scope.restrictions.key,)
    return (
        scope.restrictions.key,
        viewer.role.value,
        viewer.operator_id,
        viewer.post_id,
        viewer.agency,
        viewer.country,
    )
