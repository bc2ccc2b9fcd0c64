"""The truth file: what really happened in a simulated stretch of time. `docs/scenarios.md` has the schema.

Times are RFC 3339 in UTC, places in degrees, kilometres those of the corridor.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson

from telemetry.simulator.border import Crossing, Formalities
from telemetry.simulator.reports import Report
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.span import Span
from telemetry.simulator.timeline import Stand
from telemetry.simulator.timetable import Turn

SCHEMA = 1


def said_at(at_s: float) -> str:
    """Return seconds since 1970 as the file says them."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Truth:
    """Collects what happened. `until_s`: what begins after it is left out, what ends after it has no end yet."""

    def __init__(self, scenario: Scenario, span: Span) -> None:
        """Begin an empty book."""
        self._scenario, self._span = scenario, span
        self._trips: list[tuple[float, dict[str, Any]]] = []
        self._halts: list[tuple[float, float, dict[str, Any]]] = []
        self._crossings: list[tuple[float, float, dict[str, Any]]] = []
        self._outages: list[tuple[float, float, dict[str, Any]]] = []
        self._reports: list[tuple[float, float, dict[str, Any]]] = []

    def add(self, turn: Turn) -> None:
        """Take in a turn."""
        journey, coach = turn.journey, turn.coach
        shared = {"trip": turn.trip_id, "coach": coach.vehicle_id}
        trip = shared | {
            "operator": coach.company.operator_id,
            "corridor": coach.service.corridor,
            "direction": "up" if journey.kms[-1] > journey.kms[0] else "down",
            "origin": turn.origin,
            "destination": turn.destination,
            "declared": turn.is_declared,
            "from_km": round(float(journey.kms[0]), 3),
            "to_km": round(float(journey.kms[-1]), 3),
            "departed_s": journey.departed_s,
            "arrived_s": journey.arrived_s,
        }
        self._trips.append((journey.departed_s, trip))
        station = Stand(turn.station_s, journey.departed_s, round(float(journey.kms[0]), 3), "station")
        for stand in (station, *journey.stands):
            self._halts.append((stand.start_s, stand.end_s, shared | self._halt(turn, stand)))
        for crossing in journey.crossings:
            begins = min(side.arrived_s for side in (crossing.exit, crossing.entry) if side is not None)
            ends = max(side.left_s for side in (crossing.exit, crossing.entry) if side is not None)
            self._crossings.append((begins, ends, shared | _crossing(crossing)))
        for outage in journey.outages:
            where = {"corridor": coach.service.corridor, "from_km": journey.km_at(outage.start_s)}
            where |= {"to_km": journey.km_at(outage.end_s), "lost": outage.off}
            self._outages.append((outage.start_s, outage.end_s, shared | where))

    def add_report(self, turn: Turn, report: Report) -> None:
        """Take in something that was reported."""
        body = report.said.bodies[0]
        about_s = float(body.get("observed_at", body.get("arrived_at", report.said.due_s)))
        told = {"id": body["id"], "trip": turn.trip_id, "coach": turn.coach.vehicle_id, "kind": report.kind}
        told |= {"truth": report.truth, "about": said_at(about_s), "sent": said_at(report.said.due_s)}
        told |= {"checkpoint": report.checkpoint, "post": report.post_id, "agency": body.get("agency")}
        told |= {"changed": dict(report.changed) or None}
        known = {key: value for key, value in told.items() if value is not None}
        self._reports.append((report.said.due_s, report.said.about_s, known))

    def _halt(self, turn: Turn, stand: Stand) -> dict[str, Any]:
        km = np.array([stand.km])
        lat, lon = turn.journey.way.road.places(km, np.zeros(1))
        said = {"cause": stand.cause, "corridor": turn.coach.service.corridor, "km": stand.km, "end_km": stand.end_km}
        said |= {"latitude": round(float(lat[0]), 6), "longitude": round(float(lon[0]), 6), "creep_m": stand.creep_m}
        said |= {"checkpoint": stand.index, "post": stand.post_id, "popular": stand.popular or None}
        return {key: value for key, value in said.items() if value is not None}

    def as_json(self, until_s: float | None = None) -> bytes:
        """Return the file's content (default: all of it); same scenario and seed, same bytes."""
        until = until_s if until_s is not None else self._span.end_s
        end, live = until if until is not None else float("inf"), self._span.end_s is None
        halts = [(s, e, h) for s, e, h in self._halts if s < end]
        counted = Counter(h["checkpoint"] for _, _, h in halts if h.get("checkpoint") is not None)
        checkpoints = [
            c.model_dump(by_alias=True, exclude_none=True) | {"index": n, "halted": counted[n]}
            for n, c in enumerate(self._scenario.checkpoints)
        ]
        content: dict[str, Any] = {
            "schema": SCHEMA,
            "scenario": self._scenario.name,
            "seed": self._scenario.seed,
            "start": said_at(self._span.start_s),
            "end": said_at(until) if until is not None else None,
            "scenario_start": said_at(self._span.dated_s),
            "trips": [_trip(trip, end) for departed, trip in sorted(self._trips, key=_by_time) if departed < end],
            "halts": _ended(halts, end),
            "crossings": _ended([(s, e, c) for s, e, c in self._crossings if s < end], end),
            "checkpoints": checkpoints,
            "outages": _ended([(s, e, o) for s, e, o in self._outages if s < end], end),
            # What happened before the end of a span is told even after it.
            "reports": [r for due, about, r in sorted(self._reports, key=_by_time) if (due if live else about) < end],
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)


def _by_time(one: tuple[Any, ...]) -> tuple[float, str]:
    return one[0], one[-1].get("trip", "")


def _trip(trip: dict[str, Any], end: float) -> dict[str, Any]:
    said = {key: value for key, value in trip.items() if not key.endswith("_s")}
    arrived = trip["arrived_s"]
    return said | {"departed": said_at(trip["departed_s"]), "arrived": said_at(arrived) if arrived < end else None}


def _ended(found: list[tuple[float, float, dict[str, Any]]], end: float) -> list[dict[str, Any]]:
    return [
        {"start": said_at(start), "end": said_at(stop) if stop < end else None} | what
        for start, stop, what in sorted(found, key=_by_time)
    ]


def _crossing(crossing: Crossing) -> dict[str, Any]:
    def side(one: Formalities | None) -> dict[str, Any] | None:
        if one is None:
            return None
        times = {"arrived": one.arrived_s, "served": one.served_s, "left": one.left_s}
        return {"post": one.post_id} | {name: said_at(value) for name, value in times.items()}

    return {
        "km": crossing.at_km,
        "line_at": said_at(crossing.line_s),
        "exit": side(crossing.exit),
        "entry": side(crossing.entry),
        "joint": crossing.is_joint,
        "waited_for_opening_s": crossing.waited_s,
    }
