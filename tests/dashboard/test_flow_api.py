"""The reading API of what moves: figures, pages of rows, reach, and what is said of times that make no sense."""

from datetime import timedelta

import pytest

from tests.dashboard.journey_site import journey_site

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("flow")) as made:
        yield made


def get(site, path, who="monitor", **params):
    answer = site.browser(who, accept="application/json").get(f"/api/v1{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(site, path, who="monitor", **params):
    answer = site.browser(who, accept="application/json").get(f"/api/v1{path}", params=params)
    error = answer.json()["error"]
    return answer.status_code, error["code"], [(d["code"], d["field"]) for d in error["details"]]


def walk(site, path, who="monitor", **params):
    """Every item of a list, page by page."""
    found, cursor = [], None
    for _ in range(200):
        page = get(site, path, who, **params | ({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError("the list does not end")


def test_steps_of_a_flow_add_up_to_the_whole(site):
    now = site.clock.now().replace(minute=0, second=0, microsecond=0)
    window = {"from": (now - timedelta(days=3)).isoformat(), "to": now.isoformat()}
    whole = get(site, "/corridors/ABJ-LOS/flow", **window)["items"]
    hourly = get(site, "/corridors/ABJ-LOS/flow", step="6h", **window)["items"]
    assert len(hourly) > len(whole) > 5
    for one in whole:
        key = (one["section_id"], one["direction"])
        assert sum(h["trips"] for h in hourly if (h["section_id"], h["direction"]) == key) == one["trips"]
        assert one["delay_median_s"] >= 0
        assert one["free_basis"] in ("observed", "assumed")
    assert {one["corridor_direction"] for one in whole} == {"up", "down"}


def test_dwell_tells_positions_and_logs_apart(site):
    items = get(site, "/border-posts/CI-noe/dwell", **{"from": (site.clock.now() - timedelta(days=13)).isoformat()})[
        "items"
    ]
    assert {(i["basis"], i["agency"]) for i in items} == {
        ("positions", None),
        ("log", "customs"),
        ("log", "immigration"),
    }
    for one in items:
        assert one["buffer_index"] == pytest.approx((one["p95_s"] - one["p50_s"]) / one["p50_s"], abs=0.01)
        assert one["n"] > 0
    own = get(site, "/border-posts/CI-noe/dwell", "dispatcher")["items"]
    assert all(i["basis"] == "positions" for i in own)
    assert sum(i["n"] for i in own) < sum(i["n"] for i in items if i["basis"] == "positions")


def test_an_official_reads_the_own_post_and_is_refused_another(site):
    assert get(site, "/border-posts/CI-noe/dwell", "official")["items"]
    assert refused(site, "/border-posts/GH-elubo/dwell", "official")[:2] == (403, "not_allowed")
    assert refused(site, "/border-posts/XX-none/dwell")[0] == 404
    assert refused(site, "/corridors/ABJ-LOS/flow", "official")[0] == 403


def test_an_official_does_not_learn_the_dwell_of_the_other_side(site):
    for row in walk(site, "/crossings", "official", source="seen"):
        assert "CI-noe" in (row["exit_post"], row["entry_post"])
        other = "entry" if row["exit_post"] == "CI-noe" else "exit"
        assert row[f"{other}_s"] is row[f"{other}_arrived_at"] is None
    both = walk(site, "/crossings", source="seen")
    assert any(row["exit_s"] and row["entry_s"] for row in both)


@pytest.mark.parametrize(
    ("path", "params", "key"),
    [
        ("/halts", {}, "halt_id"),
        ("/trips", {"source": "driven"}, "trip_id"),
        ("/trips", {}, "trip_id"),
        ("/crossings", {"source": "seen"}, "first_seq"),
        ("/crossings", {}, "seq"),
    ],
)
def test_pages_give_every_row_once(site, path, params, key):
    whole = walk(site, path, **params, limit=500)
    assert len(whole) > 20
    paged = walk(site, path, **params, limit=7)
    assert paged == whole
    if key != "first_seq":
        assert len({row[key] for row in paged}) == len(paged)


def test_lists_are_filtered(site):
    halts = walk(site, "/halts", vehicle_id="sti-1", limit=500)
    assert {h["vehicle_id"] for h in halts} == {"sti-1"}
    assert walk(site, "/halts", corridor_id="DKR-BKO") == []
    section = halts[0]["section_id"]
    assert {h["section_id"] for h in walk(site, "/halts", section_id=section)} == {section}
    since = site.clock.now() - timedelta(days=2)
    late = walk(site, "/halts", **{"from": since.isoformat()}, limit=500)
    assert late
    assert all(h["ended_at"] is None or h["ended_at"] >= since.isoformat()[:19] for h in late)
    assert {t["vehicle_id"] for t in walk(site, "/trips", source="driven", vehicle_id="utb-2")} == {"utb-2"}
    assert {c["vehicle_id"] for c in walk(site, "/crossings", vehicle_id="utb-2", limit=500)} == {"utb-2"}


def test_everybody_gets_the_own_only(site):
    for path, params in (("/halts", {}), ("/trips", {"source": "driven"}), ("/trips", {})):
        assert {row["operator_id"] for row in walk(site, path, "dispatcher", **params)} == {"sti"}
        assert {row["operator_id"] for row in walk(site, path, "dispatcher_elsewhere", **params)} == {"utb"}
    assert {row["operator_id"] for row in walk(site, "/crossings", "dispatcher", source="seen")} == {"sti"}
    assert {row["country"] for row in walk(site, "/halts", "focal_point", limit=500)} == {"CI"}
    sections = get(site, "/corridors/ABJ-LOS/flow", "focal_point")["items"]
    assert {s["section_id"] for s in sections} == {"CI-noe--abidjan"}


def test_a_declared_trip_carries_what_was_driven_and_a_seen_one_has_a_timeline(site):
    declared = walk(site, "/trips", limit=500)
    assert any(trip["driven"] for trip in declared)
    for trip in declared:
        assert all(run["trip_id"] == trip["trip_id"] for run in trip["driven"])
    seen = next(t for t in walk(site, "/trips", source="driven", limit=500) if not t["declared"])
    one = get(site, f"/trips/{seen['trip_id']}")
    assert one["driven"]["trip_id"] == seen["trip_id"]
    kinds = [entry["kind"] for entry in one["timeline"]]
    assert "halt" in kinds
    assert [e["at"] for e in one["timeline"]] == sorted(e["at"] for e in one["timeline"])


@pytest.mark.parametrize("path", ["/corridors/ABJ-LOS/flow", "/border-posts/CI-noe/dwell", "/halts"])
def test_times_that_make_no_sense_are_told_why(site, path):
    day = "2026-11-{:02}T00:00:00Z"
    assert refused(site, path, **{"from": day.format(9), "to": day.format(2)}) == (
        422,
        "bad_input",
        [("times_reversed", "from")],
    )
    assert refused(site, path, **{"from": day.format(9), "to": day.format(9)})[2] == [("times_reversed", "from")]
    assert refused(site, path, **{"from": "2020-01-01T00:00:00Z"})[2] == [("window_too_long", "from")]
    assert refused(site, path, **{"from": "0001-01-01T00:00:00+14:00", "to": day.format(2)})[2] == [
        ("not_a_day", "from")
    ]
    assert refused(site, path, **{"from": "whenever"})[2] == [("wrong_type", "from")]


@pytest.mark.parametrize(
    ("step", "code"),
    [("15m", "bad_step"), ("0h", "bad_step"), ("-1d", "bad_step"), ("", "bad_step"), ("1h", "too_many_steps")],
)
def test_a_bad_step_is_told_why(site, step, code):
    window = {"from": "2026-01-01T00:00:00Z", "to": "2026-10-01T00:00:00Z"}
    assert refused(site, "/corridors/ABJ-LOS/flow", step=step, **window) == (422, "bad_input", [(code, "step")])


@pytest.mark.parametrize("path", ["/halts", "/trips", "/trips?source=driven", "/crossings", "/crossings?source=seen"])
@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40, "99999999999999999-ab", "1-", "²"])
def test_a_foreign_cursor_is_refused(site, path, cursor):
    path, _, query = path.partition("?")
    params = dict([query.split("=")]) if query else {}
    assert refused(site, path, cursor=cursor, **params) == (422, "bad_input", [("bad_cursor", "cursor")])
