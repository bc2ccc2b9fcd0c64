"""The observatory's table against one computed from the raw messages alone, by other means: no rule of ours is used.

States are longitudes here (the coast runs from west to east), kilometres those between border milestones, trips what
sheets say, silence what lies between two positions; a crew that says the same of the same place within minutes says it
twice.
"""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path

import orjson
import pytest
from sqlmodel import select

import tracker
from dashboard.simulation import roads_of, set_up_fleet
from telemetry.delivery import MQTT, Delivery
from telemetry.simulator.play import play
from telemetry.simulator.scenario_files import load_scenario
from tests.dashboard.whole_site import whole_site
from tracker.log import LogRow
from tracker.pipeline import tick

DAYS, COACHES, EVERY_S = 4, 18, 240
BORDERS = {"CI": -2.78477, "GH": 1.19999, "TG": 1.62975, "BJ": 2.70692, "NG": 99.0}  # where each state ends in the east
POINTS = {"CI": (5.28939, -2.78477), "GH": (6.11328, 1.19999), "TG": (6.24134, 1.62975), "BJ": (6.37964, 2.70692)}
LAGOS = (6.4541, 3.3947)
HUBS = {"abidjan": "CI", "accra": "GH", "lome": "TG", "cotonou": "BJ", "lagos": "NG"}
STATES = tuple(BORDERS)
ILLICIT = {"no_receipt", "receipt_unlisted"}
CREW = {"crew": "crew", "company": "crew", "passenger": "passenger"}


@dataclass
class Trip:
    """What the sheets of a trip say: `events` by name, in seconds; the states from one end to the other."""

    operator_id: str
    vehicle_id: str
    events: dict[str, float]
    said: dict[str, object]

    @property
    def states(self):
        first, last = (STATES.index(HUBS[self.said[end]]) for end in ("origin", "destination"))
        return STATES[first : last + 1] if first <= last else STATES[last : first + 1]

    @property
    def is_closed(self):
        return {"departed", "arrived"} <= self.events.keys() and "cancelled" not in self.events


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    scenario = load_scenario("credible_week")
    scenario = scenario.model_copy(
        update={
            "days": DAYS,
            "fleet": scenario.fleet.model_copy(update={"vehicles": COACHES}),
            "sampling": scenario.sampling.model_copy(
                update={"interval_s": EVERY_S, "outage_per_100km": 0.5, "outage_minutes": [20, 200]}
            ),
        }
    )
    with whole_site(tmp_path_factory.mktemp("table")) as made:
        parts = made.app.state.parts
        roads = roads_of(scenario, parts.directory.geography)
        set_up_fleet(
            made.database, parts.devices, scenario, roads, tmp_path_factory.mktemp("x") / "t", made.clock.now()
        )
        futures, end = [], scenario.start
        for said in play(scenario, roads):
            end = datetime.fromtimestamp(said.due_s, UTC)
            subject = said.topic.removeprefix("corridor/v1/").rsplit("/", 1)[0]
            futures.append(parts.intake.submit(Delivery(None, subject, said.kind, said.payload(), MQTT, end)))
        assert {r.status for future in futures for r in future.result(timeout=60)} == {"accepted"}
        tick(made.database, end + timedelta(days=4), 60)
        parts.pipeline.run_all()
        yield made


def messages(site, kind):
    with site.database.reading() as session:
        for row in session.exec(select(LogRow).where(LogRow.kind == kind).order_by(LogRow.seq)):
            yield row.subject.split("/")[1:], orjson.loads(row.body)


def seconds(text):
    return datetime.fromisoformat(text).timestamp()


def trips(site):
    found = {}
    for (operator_id, vehicle_id), body in messages(site, "trip"):
        trip = found.setdefault((operator_id, body["trip_id"]), Trip(operator_id, vehicle_id, {}, {}))
        trip.events[body["event"]] = seconds(body["observed_at"])
        trip.said |= body
    return found


def positions(site):
    found = defaultdict(list)
    for (_, vehicle_id), body in messages(site, "position"):
        found[vehicle_id].append((seconds(body["observed_at"]), body["latitude"], body["longitude"]))
    return {vehicle_id: sorted(rows) for vehicle_id, rows in found.items()}


def is_heard(trip, rows):
    """Say whether at most a tenth of a trip lies in silences of more than ten minutes."""
    begin, end = trip.events["departed"], trip.events["arrived"]
    moments = [begin, *(at for at, _, _ in rows if begin <= at <= end), end]
    return sum(b - a for a, b in pairwise(moments) if b - a > 600) <= (end - begin) / 10


def away_km(one, other):
    return 111.2 * hypot(one[0] - other[0], (one[1] - other[1]) * cos(radians(one[0])))


def state_at(longitude):
    return next(state for state, ends in BORDERS.items() if longitude < ends)


def controls_by_trip(site, counted):
    """Return the controls that crews told of each trip, those told twice once."""
    told = defaultdict(list)
    for (operator_id, vehicle_id), body in messages(site, "control"):
        at = seconds(body["observed_at"])
        keys = [(operator_id, body["trip_id"])] if "trip_id" in body else [
            key for key, trip in counted.items()
            if trip.vehicle_id == vehicle_id and trip.events["departed"] - 10_800 <= at <= trip.events["arrived"]
        ]  # fmt: skip
        if not keys or keys[0] not in counted:
            continue
        here = (body["latitude"], body["longitude"])
        is_again = any(
            one["agency"] == body["agency"]
            and abs(seconds(one["observed_at"]) - at) < 600
            and away_km(here, where) < 0.3
            for where, one in told[keys[0]]
        )
        if not is_again:
            told[keys[0]].append((here, body))
    return told


def is_entered(trip, state):
    """Say whether the trip comes into that state over a border."""
    return state != HUBS[trip.said["origin"]]


@dataclass
class Line:
    """One row: money and its payments by currency, payer and agency."""

    trips: list[Trip] = field(default_factory=list)
    borders: int = 0
    reported: Counter[str] = field(default_factory=Counter)
    money: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    payments: Counter[tuple[str, str, str]] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def mine(site):
    """Return the rows by population and state (`whole`: all of them), and how many closed trips there are of each state."""
    closed = {key: trip for key, trip in trips(site).items() if trip.is_closed}
    rows = positions(site)
    counted = {key: trip for key, trip in closed.items() if is_heard(trip, rows[trip.vehicle_id])}
    told, table = controls_by_trip(site, counted), defaultdict(Line)
    for key, trip in counted.items():
        denied = any(body.get("in_order") is False for _, body in told[key])
        is_in_order = trip.said.get("in_order") is True and not denied
        for population in ("in_order", "all") if is_in_order else ("all",):
            for state in ("whole", *trip.states):
                line = table[population, state]
                line.trips.append(trip)
                line.borders += len(trip.states) - 1 if state == "whole" else is_entered(trip, state)
                for (_, longitude), body in told[key]:
                    if state not in ("whole", state_at(longitude)):
                        continue
                    line.reported[body["agency"]] += 1
                    for paid in body.get("payments", []):
                        sort = (paid["currency"], CREW.get(paid.get("payer"), "unknown"), body["agency"])
                        if paid["basis"] in ILLICIT:
                            line.money[sort] += paid["amount"] * paid.get("count", 1)
                            line.payments[sort] += paid.get("count", 1)
    return table, Counter(state for trip in closed.values() for state in ("whole", *trip.states))


def rows_of(site, group):
    answer = site.browser("monitor").get(f"/api/v1/indicators?group={group}&period=2026-06").json()
    assert "next_cursor" not in answer
    return answer["items"]


@pytest.fixture(scope="module")
def theirs(site):
    by_state = {(row["population"], row["country"]): row for row in rows_of(site, "corridor,country")}
    return by_state | {(row["population"], "whole"): row for row in rows_of(site, "corridor")}


def test_trips_coaches_companies_borders_and_coverage_are_those_of_the_sheets_and_positions(mine, theirs):
    table, closed = mine
    assert set(table) == {key for key in theirs if key[1] is not None}  # those of no state: dwell at joint posts
    for (population, state), line in table.items():
        row = theirs[population, state]
        told = len(line.trips), len({t.vehicle_id for t in line.trips}), len({t.operator_id for t in line.trips})
        assert (row["trips"], row["coaches"], row["operators"]) == told
        assert row["borders"] == line.borders
        assert row["coverage"] == pytest.approx(len(table["all", state].trips) / closed[state], abs=1e-4)
    assert 0.8 < theirs["all", "whole"]["coverage"] < 1  # some were silent too long
    assert 0 < theirs["in_order", "whole"]["trips"] < theirs["all", "whole"]["trips"]


def test_reported_controls_and_illicit_payments_are_those_that_crews_told(site, mine, theirs):
    table, _ = mine
    for key, line in table.items():
        row = theirs[key]
        told = row["figures"]["reported_controls_per_trip"]["value"] * row["trips"]
        assert told == pytest.approx(line.reported.total(), abs=0.05)
        assert paid(row) == by(line, lambda sort: sort[:2])
    for row in rows_of(site, "corridor,country,agency"):
        line = table.get((row["population"], row["country"]))
        if line is not None and row["agency"] is not None:
            told = row["figures"]["reported_controls_per_trip"]["value"] * row["trips"]
            assert told == pytest.approx(line.reported[row["agency"]], abs=0.05)
            assert paid(row) == by(line, lambda sort, own=row["agency"]: sort[:2] if sort[2] == own else None)


def paid(row):
    return {(one["currency"], one["payer"]): (one["total"], one["payments"]) for one in row["illicit_payments"]}


def by(line, key):
    sums = defaultdict(lambda: [0.0, 0])
    for sort, amount in line.money.items():
        if (named := key(sort)) is not None:
            sums[named][0] += amount
            sums[named][1] += line.payments[sort]
    return {named: tuple(both) for named, both in sums.items()}


def test_kilometres_are_those_of_the_line_and_minutes_at_borders_those_that_positions_show(site, mine, theirs):
    rows, metres, minutes = positions(site), Counter(), 0.0
    ends = {**{state: km_of(*POINTS[state]) for state in POINTS}, "NG": km_of(*LAGOS)}
    for trip in mine[0]["all", "whole"].trips:
        inside = [row for row in rows[trip.vehicle_id] if trip.events["departed"] <= row[0] <= trip.events["arrived"]]
        low, high = sorted(km_of(*row[1:]) for row in (inside[0], inside[-1]))
        begins = 0.0
        for state, ends_km in ends.items():
            metres[state] += max(0.0, min(high, ends_km) - max(low, begins))
            begins = ends_km
        for (at, *here), (later, *there) in pairwise(inside):
            if any(away_km(here, point) < 3 and away_km(there, point) < 3 for point in POINTS.values()):
                minutes += (later - at) / 60
    for state in STATES:
        assert theirs["all", state]["km"] == pytest.approx(metres[state], rel=0.02)
    dwell = theirs["all", "whole"]["figures"]["border_min_per_border"]["value"] * theirs["all", "whole"]["borders"]
    assert dwell == pytest.approx(minutes, rel=0.05)  # the last kilometres to the post are driven


@cache
def vertices():
    with (Path(tracker.__file__).parent / "data/corridor_lines.csv").open(encoding="utf-8") as lines:
        own = [row for row in csv.DictReader(lines) if row["corridor"] == "ABJ-LOS"]
    return [(float(row["latitude"]), float(row["longitude"]), float(row["km"])) for row in own]


def km_of(latitude, longitude):
    """Return the kilometre of the nearest vertex of the shipped line: hubs and borders are among them."""
    return min(vertices(), key=lambda place: away_km((latitude, longitude), place[:2]))[2]
