"""What coaches do in restricted sections, planted with marks of its own and looked for in every address that answers.

The addresses are read from the application, so a new one is walked by itself; a mark found is told with the address.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from uuid import NAMESPACE_OID, uuid5

import pytest
from sqlmodel import Session

from checkpoints.account_tables import ALL, COUNTS, IndicatorCell, IndicatorMoney, month_of
from checkpoints.flags import RuleRun
from checkpoints.indicator_reading import parse_period
from dashboard.hub_tables import hold_back
from dashboard.map_silences import read_silent_stretches
from dashboard.observatory_report import read_report
from dashboard.pages.corridors import read_strip
from dashboard.routes import list_routes
from dashboard.windows import day_window
from tests.dashboard.map_world import a_control, geography_of
from tests.dashboard.people import Site, token_on
from tests.dashboard.restricted_world import (
    FRESH,
    HOUR,
    IN_THE_MIDDLE,
    INSIDE,
    KINDS,
    OLD,
    Marks,
    beside_flag,
    derive,
    letter_of,
    plant,
    said,
    written_in,
)
from tests.dashboard.whole_site import whole_site
from tracker.hub_pairs import PairReading, read_pairs
from tracker.restrictions import BESIDE_KM, NONE
from tracker.scope import Role, Scope, Viewer, scope_of

A, B = "sti", "utb"
ROLES = (
    None, "dispatcher", "dispatcher_elsewhere", "driver", "official", "official_elsewhere", "focal_point",
    "focal_point_elsewhere", "inspectorate", "monitor", "administrator", "protection_officer",
)  # fmt: skip
OWNER = {"dispatcher": A, "driver": A, "dispatcher_elsewhere": B}
FLAGS = [
    str(uuid5(NAMESPACE_OID, f"{operator}{name}-{kind}"))
    for operator in (A, B) for name in ("in", "was") for kind in KINDS
] + [beside_flag(operator) for operator in (A, B)]  # fmt: skip
COACHES = [f"{operator}-{name}" for operator in (A, B) for name in ("in", "was", "thru", "now", "out", "edge")]
TRIPS = [
    f"T-{operator}-{name}"
    for operator in (A, B)
    for name in ("in", "was", "in-x", "was-x", "hub", "now", "out", f"through-{FRESH // timedelta(hours=1) + 9}",
                 f"through-{OLD // timedelta(hours=1)}")
]  # fmt: skip
# What a parameter of an address is filled with; one that stands here with nothing fails the walk.
VALUES = {
    "token": ["nothing"], "language": ["fr"], "user_id": ["1"],
    "device_id": ["none", "d-sti", "d-utb"], "letter_id": [str(n) for n in range(1, 7)],
    "corridor_id": ["ABJ-LOS", "ABJ-ACC"], "trip_id": TRIPS, "vehicle_id": COACHES, "flag_id": FLAGS, "number": ["0"],
    "order_id": ["ci-road"], "post_id": ["CI-noe", "GH-elubo"], "origin": ["abidjan", "accra"],
    "destination": ["lagos", "lome"], "section_id": list(INSIDE), "reader": ["dispatcher"],
}  # fmt: skip
# What must be asked, and what else can be asked of an address.
ASKED = {
    "/panels/trip": [f"vehicle={coach}" for coach in COACHES],
    "/panels/section": [f"section={section}&window={window}" for section in INSIDE for window in ("24h", "7d", "30d")],
    "/panels/post": ["post=CI-noe", "post=GH-elubo"],
    "/panels/pair": ["origin=accra&destination=lome", "origin=accra&destination=akatsi"],
    "/map/flow.json": ["window=now", "window=24h", "window=7d", "window=30d", "window=30d&operator=sti"],
    "/table": ["window=7d", "window=30d&operator=sti"],
    "/controls": ["window=30d"],
    "/corridors/{corridor_id}": ["window=30d", "window=30d&direction=down"],
    "/posts/{post_id}": ["window=30d"],
    "/api/v1/trips": ["source=driven", "source=declared", "source=listed"],
    "/api/v1/trips/{trip_id}/account": ["of=time", "of=money"],
    "/api/v1/border-posts/{post_id}/dwell": ["by=agency", "by=hour"],
    "/api/v1/corridors/{corridor_id}/hours": ["direction=up", "direction=down"],
    "/api/v1/crossings": ["source=logged", "source=seen", "source=reconciled"],
    "/trips": ["state=running", f"operator={A}"],
}
FORMS = ("format=csv", "format=xlsx")
BACK = 12  # days: farther than the planted coaches


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, Marks]]]:
    """The real application, with everybody of `people.py` and the planted coaches."""
    with whole_site(tmp_path_factory.mktemp("restricted")) as made:
        parts, now = made.app.state.parts, made.clock.now()
        with made.database.writing() as session:
            geography = geography_of(session)
            marks = {
                one: plant(made.database, session, geography, now, one, shift) for one, shift in ((A, 1.37), (B, 5.71))
            }
            derive(session)
            for operator_id, ago in ((A, FRESH), (B, OLD)):
                place = marks[operator_id].places[0]
                parts.dead_letters.keep(session, [letter_of(operator_id, f"{operator_id}-thru", place, now - ago)])
            for operator_id, own in marks.items():
                own.times.append(heard := now - timedelta(minutes=13, seconds=own.times[0].second))
                own.beside.append(outside := heard - timedelta(minutes=2))
                letters = (("now", heard), ("out", outside))
                parts.dead_letters.keep(
                    session, [letter_of(operator_id, f"{operator_id}-{n}", place, at) for n, at in letters]
                )
        yield made, marks


@pytest.fixture(scope="module")
def restricted(world: tuple[Site, dict[str, Marks]]) -> tuple[Site, dict[str, Marks]]:
    """The same, with two sections restricted."""
    site, marks = world
    with site.database.writing() as session:
        session.add_all([said(section) for section in INSIDE])
    site.app.state.parts.directory.forget()
    return site, marks


def addresses(site: Site, **planted: list[str]) -> list[str]:
    """Return every address that can be read, with every planted thing in it, and in every form."""
    values = VALUES | planted
    now = site.clock.now()
    span = f"from={(now - timedelta(days=BACK)):%Y-%m-%dT%H:%M:%SZ}&to={now:%Y-%m-%dT%H:%M:%SZ}"
    documented = site.app.openapi()["paths"]
    found = []
    for method, path in list_routes(site.app):
        if method != "GET":
            continue
        filled = [path]
        for name in re.findall(r"{(\w+)}", path):
            filled = [one.replace("{" + name + "}", value) for one in filled for value in values[name]]
        taken = {p["name"] for p in documented.get(path, {}).get("get", {}).get("parameters", ())}
        queries = ASKED.get(path, [""])
        if "from" in taken:
            queries = [f"{query}&{span}".lstrip("&") for query in queries]
        if "since" in taken:
            queries = [f"since={(now - timedelta(days=BACK)):%Y-%m-%dT%H:%M:%SZ}"]
        if "limit" in taken:
            queries = [f"{query}&limit=200".lstrip("&") for query in queries]
        if "format" in taken:
            queries = [*queries, *(f"{query}&{form}".lstrip("&") for query in queries for form in FORMS)]
        if path == "/corridors/{corridor_id}":
            queries = [*queries, *(f"day={(now - timedelta(days=days)):%Y-%m-%d}" for days in (0, 1, 8, 9))]
        found += [f"{one}?{query}" if query else one for one in filled for query in queries]
    return found


def read(answer: object) -> str:
    """Return an answer's text, a workbook's sheets among it."""
    content: bytes = answer.content  # type: ignore[attr-defined]
    if content[:2] != b"PK":
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(BytesIO(content)) as book:
        return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


def found_in(text: str, address: str, marks: Marks, texts: set[str]) -> set[str]:
    """Return the marks in an answer; what the address itself names may be said back."""
    known = {mark for mark in marks.ids if mark in address}
    # A coach that is named is called by its plate; a form in which one is chosen for a device lists them all.
    if "vehicle=" in address or address == "/devices/new":
        known |= set(marks.ids)
    if address == "/metrics":  # counts and seconds of our own
        texts &= set(marks.ids)
    return {
        mark for mark in texts - known if mark in text and re.search(rf"(?<![\d.]){re.escape(mark)}", text) is not None
    }


def marks_to_find(site: Site, marks: dict[str, Marks], who: str | None) -> dict[str, set[str]]:
    """Return the marks of every company that a role must not read, but those that mean something else as well.

    By chance a number may stand among the places of roads, posts and the register, and a minute be another company's too,
    or one beside the section. Who serves at a post reads its log.
    """
    browser = site.browser("monitor")
    still = "".join(browser.get(path).text for path in ("/map/static.json", "/api/v1/control-points"))
    still += json.dumps(site.browser("driver").get("/field/me").json()["roads"])  # what phones are told of the roads
    found = {}
    for operator, own in marks.items():
        if OWNER.get(who or "") == operator:
            continue
        others = {minute for name, other in marks.items() if name != operator for minute in other.minutes()}
        own_post = written_in({"official": own.logged, "official_elsewhere": own.across}.get(who or "", []))
        texts = own.texts() - others - written_in(own.beside) - own_post
        found[operator] = {mark for mark in texts if mark not in still}
    return found


@pytest.mark.parametrize("who", ROLES, ids=str)
def test_what_was_done_inside_is_in_no_answer_to_anybody_else(restricted, who):
    site, marks = restricted
    browser = site.browser(who)
    foreign = marks_to_find(site, marks, who)
    leaks = []
    for address in addresses(site):
        answer = browser.get(address)
        assert answer.status_code < 500 or address == "/readyz", address
        text = read(answer)
        for operator, texts in foreign.items():
            if told := found_in(text, address, marks[operator], texts):
                leaks.append((address, operator, sorted(told)[:5]))
    assert leaks == []


@pytest.mark.parametrize("who", ["dispatcher", "dispatcher_elsewhere"])
def test_an_operator_reads_all_that_its_own_coaches_did(restricted, who):
    site, marks = restricted
    browser, operator = site.browser(who), OWNER[who]
    live = browser.get("/map/live.json").text
    assert {f"{operator}-in", f"{operator}-now", f"{operator}-out"} <= set(re.findall(r"(?:sti|utb)-\w+", live))
    everything = "\n".join(
        read(browser.get(address)) for address in addresses(site) if address.startswith(("/api/", "/map/"))
    )
    own = marks[operator]
    missing = [mark for mark in own.ids if mark.startswith(("T-", "MARK", operator)) and mark not in everything]
    assert missing == []
    assert all(
        f"{degrees:.6f}"[:-4] in everything for place in own.places if place not in own.untold for degrees in place
    )


def test_what_happened_beside_it_is_told_as_ever(restricted):
    site, _ = restricted
    live = site.browser("monitor").get("/map/live.json").text
    assert {f"{A}-out", f"{B}-out"} <= set(re.findall(r"(?:sti|utb)-\w+", live))
    trip = site.browser("monitor").get(f"/api/v1/trips/T-{A}-through-12").json()
    kinds = [entry["kind"] for entry in trip["timeline"]]
    assert kinds.count("halt") == 2
    assert kinds.count("restricted") == 1
    assert trip["account"] is None
    assert next(entry for entry in trip["timeline"] if entry["kind"] == "restricted")["at"] is None


@pytest.mark.parametrize(("name", "coach"), [("through-12", "thru"), ("now", "now")])
def test_sums_of_a_trip_that_led_through_are_the_operators(restricted, name, coach):
    site, _ = restricted
    for path in (f"/api/v1/trips/T-{A}-{name}", f"/api/v1/trips?source=driven&vehicle_id={A}-{coach}"):
        for who, told in (("monitor", False), ("dispatcher", True)):
            answer = site.browser(who).get(path).json()
            runs = [answer["driven"]] if "driven" in answer else answer["items"]
            (run,) = [one for one in runs if one["trip_id"] == f"T-{A}-{name}"]
            assert [run[sum_] is not None for sum_ in ("halted_s", "border_s", "silent_s")] == [told] * 3
            if "driven" in answer:
                assert (answer["account"] is not None) is told


def test_a_flag_beside_a_section_keeps_its_place_and_loses_coach_and_minute(restricted):
    site, _ = restricted
    told = {who: site.browser(who).get(f"/api/v1/flags/{beside_flag(A)}").json() for who in ("monitor", "dispatcher")}
    assert told["monitor"]["km"] == told["dispatcher"]["km"] > 0
    assert (told["monitor"]["vehicle_id"], told["monitor"]["evidence"]) == (None, [])
    assert told["monitor"]["first_seen_at"].endswith("T00:00:00Z")
    assert (told["dispatcher"]["vehicle_id"], len(told["dispatcher"]["evidence"])) == (f"{A}-thru", 1)


def test_the_post_across_the_border_sees_its_own_coaches_and_others_its_figures_by_the_hour(restricted):
    site, _ = restricted

    def seen(who: str) -> int:
        return len(site.browser(who).get("/api/v1/crossings?source=seen&limit=200&post_id=GH-elubo").json()["items"])

    assert seen("official_elsewhere") > seen("monitor") == 0
    since = f"from={site.clock.now() - 12 * 24 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    items = site.browser("monitor").get(f"/api/v1/corridors/ABJ-LOS/flow?{since}").json()["items"]
    newest = [one["newest_at"] for one in items if one["section_id"] == "GH-aflao--akatsi" and one["newest_at"]]
    assert newest
    assert all(at.endswith(":00:00Z") for at in newest)


def test_a_silence_that_begins_inside_is_known_to_the_operator_and_by_the_day_to_those_who_run_the_system(restricted):
    site, _ = restricted

    def heard(who: str, device: str) -> list[str | None]:
        items = site.browser(who).get("/api/v1/devices").json()["devices"]
        return [
            one[name] for one in items if one["device_id"] == device for name in ("last_heard_at", "last_refusal_at")
        ]

    assert heard("monitor", "d-sti") == [None, None]
    assert all(at is not None and at.endswith("T00:00:00Z") for at in heard("administrator", "d-sti"))
    assert all(at is not None and "T00:00:00Z" not in at for at in heard("dispatcher", "d-sti"))
    told = site.browser("monitor").get("/api/v1/dead-letters").json()["dead_letters"]
    assert {one["subject"] for one in told} == {f"vehicles/{A}/{A}-out", f"vehicles/{B}/{B}-out"}
    one = site.browser("administrator").get("/api/v1/dead-letters").json()["dead_letters"]
    assert {item["received_at"].endswith("T00:00:00Z") for item in one if item["subject"].endswith("-now")} == {True}
    assert len(one) == 6
    for who, words in (("monitor", True), ("administrator", True), ("dispatcher", False)):
        page = site.browser(who).get("/devices/d-sti", headers={"accept-language": "en"}).text
        assert any(said in page for said in ("restricted section", "tronçon restreint")) is words


def test_what_was_left_out_counts_nothing_of_a_restricted_section(restricted):
    site, _ = restricted
    now = site.clock.now()
    told = {
        "town_centre@accra--takoradi": 4,
        f"town_centre@{IN_THE_MIDDLE}": 8,
        "safety_alert@accra--takoradi": 1,
        "no_place": 2,
    }
    with site.database.writing() as session:
        session.merge(RuleRun(rule="unlisted_checkpoints", ran_at=now, seen=1, left_out=told))
        place = geography_of(session).get_corridor("ABJ-LOS").point_at(600.0)
        free = geography_of(session).get_corridor("ABJ-LOS").point_at(450.0)
        paid = [{"amount": 5, "currency": "ZZZ", "basis": "no_receipt"}]
        for seq, where in ((990_001, place), (990_002, free), (990_003, None)):
            a_control(session, seq, A, where, now - 5 * HOUR, vehicle_id=f"{A}-thru", payments=paid)
    assert site.browser("monitor").get("/api/v1/flags").json()["left_out"] == {"town_centre": 4}

    def left_out(who: str) -> int:
        answer = site.browser(who).get("/api/v1/control-stops?limit=500").json()
        return answer["left_out"].get("unknown_currency", 0)

    assert (left_out("monitor"), left_out("dispatcher")) == (1, 3)


def test_what_soldiers_did_is_told_of_nobody_once_a_road_is_restricted_though_it_was_counted_before(restricted):
    site, _ = restricted
    now = site.clock.now()
    whose = {
        "corridor_id": "ABJ-LOS", "direction": "up", "population": "in_order", "vehicle_id": f"{A}-thru", "operator_id": A,
        "month": month_of(now),
    }  # fmt: skip
    with site.database.writing() as session:
        for country in ("GH", "BJ", ALL):
            for agency, controls in ((ALL, 9), ("police", 5), ("military", 3), ("", 1)):
                none = dict.fromkeys(COUNTS, 0)
                own = {
                    "trips": 1 if agency == ALL else 0,
                    "controls": controls,
                    "reported": controls,
                    "stops": controls,
                }
                session.add(IndicatorCell(**whose, **none | own, country=country, agency=agency))
                sort = {
                    "place": "road",
                    "basis": "no_receipt",
                    "payer": "crew",
                    "currency": "GHS",
                    "observatory_only": False,
                }
                session.add(
                    IndicatorMoney(
                        **whose, **sort, country=country, agency=agency, cents=controls * 100, payments=controls
                    )
                )

    def told(who: str) -> dict[tuple[str, str], tuple[int, int]]:
        answer = site.browser(who).get(f"/api/v1/indicators?group=country,agency&period={now:%Y-%m}").json()
        found = {}
        for one in answer["items"]:
            if one["population"] == "in_order":
                paid = sum(money["payments"] for money in one["illicit_payments"])
                found[one["country"], one["agency"]] = (one["figures"]["controls_per_trip"]["value"], paid)
        return found

    monitor, own = told("monitor"), told("dispatcher")
    assert own["GH", "military"] == (3, 3)
    assert ("GH", "military") not in monitor
    assert monitor["GH", None] == (4, 4)
    assert own["BJ", "military"] == monitor["BJ", "military"]
    with site.database.reading() as session:
        geography, restrictions = geography_of(session), site.app.state.parts.directory.restrictions
        public = read_report(session, parse_period(f"{now:%Y-%m}"), geography, restrictions).tables["agency"]
    assert ("GH", "military") not in public.keys
    assert ("BJ", "military") in public.keys
    assert "military" not in site.browser("monitor").get("/api/v1/indicators?group=agency").text


def test_a_refused_message_from_inside_is_opened_by_its_operator_alone(restricted):
    site, marks = restricted
    for who, allowed in (("dispatcher", True), ("monitor", False), ("administrator", False)):
        browser = site.browser(who)
        token = token_on(browser.get("/account").text)
        answer = browser.post("/dead-letters/1/open", data={"csrf_token": token})
        assert (answer.status_code == 200) is allowed
        assert (f"{marks[A].places[0][0]:.6f}"[:-3] in answer.text) is allowed


def test_figures_of_the_sections_wait_three_days_and_name_no_minute(restricted):
    site, _ = restricted
    now = site.clock.now()
    fresh = f"from={now - 60 * HOUR:%Y-%m-%dT%H:%M:%SZ}&to={now:%Y-%m-%dT%H:%M:%SZ}"
    old = f"from={now - 20 * 24 * HOUR:%Y-%m-%dT%H:%M:%SZ}&to={now:%Y-%m-%dT%H:%M:%SZ}"

    def trips(who: str, span: str) -> int:
        items = site.browser(who).get(f"/api/v1/corridors/ABJ-LOS/flow?{span}").json()["items"]
        own = [item for item in items if item["section_id"] == IN_THE_MIDDLE]
        assert who != "monitor" or all(item["newest_at"].endswith(":00:00Z") for item in own)
        return sum(item["trips"] for item in own)

    assert trips("dispatcher", fresh) == 1
    assert trips("monitor", fresh) == trips("administrator", old) == 0
    assert trips("monitor", old) == 2
    for who, told in (("monitor", False), ("official", False), ("dispatcher", True)):
        waits = site.browser(who).get("/api/v1/border-posts/CI-noe/wait").json()["items"]
        assert any(one["last_at"] or one["here"] for one in waits) is told


def test_strip_trips_silences_and_pairs_keep_it_back_too(restricted):
    site, _ = restricted
    parts = site.app.state.parts
    now, geography = parts.clock.now(), parts.directory.geography
    free, held = (scope_of(Viewer(1, "M", Role.MONITOR), one) for one in (NONE, parts.directory.restrictions))
    corridor = geography.get_corridor("ABJ-LOS")
    middle = corridor.find_passage(IN_THE_MIDDLE)

    def inside(scope: Scope, session: Session) -> int:
        strip = read_strip(session, corridor, day_window((now - OLD).date()), parts, scope)
        strokes = [s for line in strip.lines for s in line.strokes]
        low, high = middle.from_km - BESIDE_KM, middle.to_km + BESIDE_KM
        return sum(min(s.from_km, s.to_km) < high and max(s.from_km, s.to_km) > low for s in strokes)

    def pairs(scope: Scope, session: Session) -> list[PairReading]:
        since = now - 8 * 7 * 24 * HOUR
        found = hold_back(
            read_pairs(session, since, now),
            lambda until: read_pairs(session, since, until),
            geography,
            scope,
            since,
            now,
        )
        return [one for one in found if (one.origin, one.destination) == ("accra", "lome") and one.trips]

    with site.database.reading() as session:
        assert inside(free, session) > inside(held, session) == 0
        free_stretches, stretches = (
            [one for one in read_silent_stretches(session, geography, scope, now) if one.from_km < 170]
            for scope in (free, held)
        )
        assert len(free_stretches) > len(stretches) == 0
        (told,), (late,) = pairs(free, session), pairs(held, session)
        assert (told.trips, late.trips) == (4, 2)
        assert (late.last_at.hour, late.last_at.minute) == (0, 0)
        assert pairs(scope_of(Viewer(1, "A", Role.ADMINISTRATOR), parts.directory.restrictions), session) == []
    page = site.browser("monitor").get("/trips?state=running").text
    assert page.count("dans un tronçon restreint") + page.count("in or beside a restricted section") == 2


@pytest.mark.parametrize(
    "path", ["halts?", "trips?source=driven&", "crossings?source=seen&", "crossings?source=reconciled&"]
)
def test_a_cursor_tells_nothing_of_what_is_kept_back_and_a_narrow_question_neither(restricted, path):
    site, marks = restricted
    browser, now = site.browser("monitor"), site.clock.now()
    beside = {int(at.timestamp()) for own in marks.values() for at in own.beside}
    hidden = {int(at.timestamp()) for own in marks.values() for at in own.times} - beside
    span = f"from={now - 12 * 24 * HOUR:%Y-%m-%dT%H:%M:%SZ}&limit=1"
    cursor, told, pages = "", list[int](), 0
    while cursor is not None and pages < 60:
        answer = browser.get(f"/api/v1/{path}{span}" + (f"&cursor={cursor}" if cursor else "")).json()
        cursor, pages = answer["next_cursor"], pages + 1
        told += [int(cursor.split("-")[0]) // 1_000_000] if cursor else []
    assert pages > 1 or answer["items"]
    assert hidden.isdisjoint(told)
    for at in marks[A].times[:12]:
        narrow = f"from={at - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}&to={at + timedelta(seconds=2):%Y-%m-%dT%H:%M:%SZ}&limit=1"
        answer = browser.get(f"/api/v1/{path}{narrow}").json()
        assert answer["items"] or answer["next_cursor"] is None


def test_flags_of_which_days_are_told_are_asked_for_by_days(restricted):
    site, _ = restricted
    browser, now = site.browser("monitor"), site.clock.now()
    every = browser.get("/api/v1/flags?limit=200").json()["items"]
    assert every, "after three days the region reads of them"
    assert {flag["section_id"] for flag in every if flag["kind"] != "border_delay"} == {
        "CI-noe--abidjan",
        "GH-aflao--akatsi",
    }
    day = (now - OLD).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    counts = []
    for minutes in range(0, 3 * 24 * 60, 60):
        since = day + timedelta(minutes=minutes)
        items = browser.get(f"/api/v1/flags?limit=200&from={since:%Y-%m-%dT%H:%M:%SZ}").json()["items"]
        counts.append((since.date(), len(items)))
    assert len(set(counts)) == len({on for on, _ in counts}), "an hour more or less changes no answer within a day"
