"""The truth table of `tracker.scope`: who sees and does what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.restrictions import Restrictions, Spell, Where
from tracker.scope import ALL, NOTHING, UNNAMED, Action, Role, Viewer, scope_of

OWN = {
    Role.DISPATCHER: {"operator_id": "sti"},
    Role.DRIVER: {"operator_id": "sti"},
    Role.OFFICIAL: {"post_id": "CI-noe", "agency": "police"},
    Role.FOCAL_POINT: {"country": "CI"},
}
DISPATCHER, DRIVER, OFFICIAL, FOCAL, MONITOR, PROTECTION, ADMIN = (
    Viewer(number, role.value, role, **OWN.get(role, {})) for number, role in enumerate(Role)
)
INSPECTORATE = Viewer(9, "inspectorate", Role.FOCAL_POINT, country="CI", agency="police")
NOW, WEEK = datetime(2026, 11, 23, 12, tzinfo=UTC), timedelta(days=7)
SAHEL = Restrictions(
    NOW,
    {"fada--BF-kantchari": (Spell(NOW - 500 * timedelta(days=1)),)},
    frozenset({"fada--BF-kantchari", "abidjan--CI-noe"}),
)
EVERYBODY = (None, DISPATCHER, DRIVER, OFFICIAL, FOCAL, INSPECTORATE, MONITOR, PROTECTION, ADMIN)

WHO_MAY = {
    Action.VIEW_MAP: {DISPATCHER, DRIVER, OFFICIAL, FOCAL, INSPECTORATE, MONITOR, PROTECTION, ADMIN},
    Action.VIEW_POSITIONS: {DISPATCHER, DRIVER, FOCAL, MONITOR, PROTECTION, ADMIN},
    Action.VIEW_CROSSINGS: {DISPATCHER, DRIVER, OFFICIAL, FOCAL, MONITOR, PROTECTION, ADMIN},
    Action.VIEW_REPORTS: {DISPATCHER, DRIVER, FOCAL, INSPECTORATE, MONITOR, PROTECTION},
    Action.VIEW_REPORTS_EXACT: {DISPATCHER, DRIVER, FOCAL, MONITOR, PROTECTION},
    Action.VIEW_HARASSMENT_DETAIL: {MONITOR, PROTECTION},
    Action.VIEW_PROTECTED_REPORTS: {PROTECTION},
    Action.VIEW_INDICATORS: {DISPATCHER, FOCAL, MONITOR, PROTECTION},
    Action.VIEW_FLAGS: {DISPATCHER, FOCAL, MONITOR, PROTECTION},
    Action.DECIDE_FLAGS: {FOCAL, MONITOR, PROTECTION},
    Action.ANSWER_FLAGS: {INSPECTORATE},
    Action.ENTER_ORDERS: {MONITOR},
    Action.VIEW_REPORTER: {PROTECTION},
    Action.ERASE_SEALED: {PROTECTION},
    Action.VIEW_DEVICES: {DISPATCHER, MONITOR, ADMIN},
    Action.MANAGE_DEVICES: {DISPATCHER, ADMIN},
    Action.OPEN_DEAD_LETTER: {DISPATCHER, MONITOR, ADMIN},
    Action.REPLAY_DEAD_LETTER: {ADMIN},
    Action.POST_AS_VEHICLE: {DISPATCHER, DRIVER},
    Action.POST_AS_POST: {OFFICIAL},
    Action.MANAGE_FLEET: {DISPATCHER},
    Action.MANAGE_USERS: {ADMIN},
    Action.VIEW_AUDIT: {PROTECTION, ADMIN},
    Action.SET_SECURITY: {ADMIN},
    Action.VIEW_SAFETY_ALERTS: {DISPATCHER},
    Action.VIEW_METRICS: {ADMIN},
}


def label(viewer):
    return viewer.name if isinstance(viewer, Viewer) else ("public" if viewer is None else str(viewer))


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("viewer", EVERYBODY, ids=label)
def test_who_may_do_what(viewer, action):
    assert scope_of(viewer).may(action) == (viewer in WHO_MAY[action])


@pytest.mark.parametrize(
    ("viewer", "target", "expected"),
    [
        (DISPATCHER, {"operator_id": "sti"}, True),
        (DISPATCHER, {"operator_id": "utb"}, False),
        (DISPATCHER, {"operator_id": None}, False),
        (DRIVER, {"operator_id": "utb"}, False),
        (FOCAL, {"operator_id": "utb", "country": "CI"}, True),
        (FOCAL, {"operator_id": "utb", "country": "GH"}, False),
        (FOCAL, {"operator_id": "utb", "country": None}, False),
        (OFFICIAL, {"operator_id": "sti"}, False),
        (INSPECTORATE, {"operator_id": "sti", "country": "CI"}, False),
        (MONITOR, {"operator_id": "utb", "country": "NG"}, True),
        (None, {"operator_id": "sti"}, False),
    ],
)
def test_whose_positions(viewer, target, expected):
    assert scope_of(viewer).may(Action.VIEW_POSITIONS, **target) is expected


def test_an_official_sees_the_own_post_whole_and_writes_for_the_own_agency():
    scope = scope_of(OFFICIAL)
    assert scope.may(Action.VIEW_CROSSINGS, post_id="CI-noe", agency="customs", operator_id="utb")
    assert not scope.may(Action.VIEW_CROSSINGS, post_id="GH-elubo")
    assert scope.may(Action.POST_AS_POST, post_id="CI-noe", agency="police")
    assert not scope.may(Action.POST_AS_POST, post_id="CI-noe", agency="customs")
    assert not scope.may(Action.POST_AS_POST, post_id="GH-elubo", agency="police")


def test_an_inspectorate_sees_reports_about_itself_in_its_country_only():
    scope = scope_of(INSPECTORATE)
    assert scope.may(Action.VIEW_REPORTS, country="CI", agency="police")
    assert not scope.may(Action.VIEW_REPORTS, country="CI", agency="customs")
    assert not scope.may(Action.VIEW_REPORTS, country="GH", agency="police")


def test_a_dispatcher_opens_the_refusals_of_the_own_devices_only():
    scope = scope_of(DISPATCHER)
    assert scope.may(Action.OPEN_DEAD_LETTER, operator_id="sti")
    assert not scope.may(Action.OPEN_DEAD_LETTER, operator_id=None)
    assert scope_of(ADMIN).may(Action.OPEN_DEAD_LETTER, operator_id=None)


@pytest.mark.parametrize("viewer", EVERYBODY, ids=label)
@pytest.mark.parametrize("action", Action)
def test_an_action_that_is_not_granted_reaches_nothing(viewer, action):
    scope = scope_of(viewer)
    if not scope.may(action):
        for reach in (scope.operators, scope.posts, scope.countries, scope.agencies):
            assert reach(action) == NOTHING


def test_reaches_for_queries():
    assert scope_of(DISPATCHER).operators() == {"sti"}
    assert scope_of(OFFICIAL).operators() == NOTHING
    assert scope_of(OFFICIAL).posts() == {"CI-noe"}
    assert scope_of(FOCAL).countries() == {"CI"}
    assert scope_of(MONITOR).operators() is ALL
    assert scope_of(None).operators() == NOTHING


@pytest.mark.parametrize(
    ("viewer", "country", "restricted", "expected"),
    [
        (DISPATCHER, "ML", True, True),
        (DRIVER, "ML", True, True),
        (MONITOR, "ML", False, True),
        (MONITOR, "ML", True, False),
        (PROTECTION, "ML", True, False),
        (ADMIN, "ML", True, False),
        (FOCAL, "CI", False, True),
        (FOCAL, "CI", True, False),
        (FOCAL, "ML", False, False),
        (OFFICIAL, "CI", False, False),
        (None, UNNAMED, False, False),
    ],
)
def test_exact_places_in_restricted_sections_are_the_operators_alone(viewer, country, restricted, expected):
    scope = scope_of(viewer, SAHEL)
    where = Where("fada--BF-kantchari" if restricted else "abidjan--CI-noe")
    for age in (timedelta(0), timedelta(days=400)):
        assert scope.may_see_exact("sti", where=where, at=NOW - age, country=country) is expected


def test_another_operator_sees_nothing_in_a_restricted_section():
    assert not scope_of(DISPATCHER, SAHEL).may_see_exact("utb", where=Where("fada--BF-kantchari"), at=NOW)


@pytest.mark.parametrize("role", list(Role))
def test_what_a_crew_pays_for_the_observatory_only_is_not_for_its_operator(role):
    viewer = Viewer(1, "a", role, operator_id="sti" if role in (Role.DISPATCHER, Role.DRIVER) else None)
    assert scope_of(viewer).may_see_payment(observatory_only=False)
    assert scope_of(viewer).may_see_payment(observatory_only=True) is (viewer.operator_id is None)
    assert not scope_of(None).may_see_payment(observatory_only=True)


@pytest.mark.parametrize("viewer", EVERYBODY, ids=label)
def test_figures_of_restricted_sections_wait_72_hours_and_never_reach_the_public(viewer):
    scope, there = scope_of(viewer, SAHEL), Where("fada--BF-kantchari")
    is_own = viewer in (DISPATCHER, DRIVER)
    assert scope.may_see_figures(Where("abidjan--CI-noe"), NOW - WEEK, NOW, NOW)
    assert scope.may_see_figures(there, NOW - WEEK, NOW - timedelta(hours=71), NOW) is is_own
    late = scope.may_see_figures(there, NOW - WEEK, NOW - timedelta(hours=72), NOW)
    assert late is (is_own or viewer in (MONITOR, PROTECTION))


BESIDE = {"c": ("a",), "across": ("a",)}


def a_scope(viewer, *spells, as_of=NOW):
    named = {"a": spells} if spells else {}
    return scope_of(
        viewer, Restrictions(as_of, named, known=frozenset("abc"), at_posts={"post": ("a",)}, beside=BESIDE)
    )


def test_a_status_that_was_lifted_still_protects_its_days_and_one_that_is_set_protects_the_past():
    january, june = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
    lifted = Spell(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    set_now = Spell(datetime(2026, 11, 1, tzinfo=UTC))
    assert a_scope(MONITOR, lifted).is_withheld("sti", Where("a"), january)
    assert not a_scope(MONITOR, lifted).is_withheld("sti", Where("a"), june)
    assert a_scope(MONITOR, set_now).is_withheld("sti", Where("a"), january)
    assert a_scope(MONITOR, lifted).is_withheld("sti", Where("a"), january - 2 * WEEK, june), "it stood there all along"


def test_a_place_that_nobody_knows_is_not_taken_for_a_free_one():
    spells = (Spell(NOW - WEEK),)
    assert a_scope(MONITOR, *spells).is_withheld("sti", Where(), NOW)
    assert a_scope(MONITOR, *spells).is_withheld("sti", Where(posts=("post",)), NOW)
    assert not a_scope(MONITOR, *spells).is_withheld("sti", Where(posts=("other",)), NOW)
    assert not a_scope(MONITOR, *spells).is_withheld("sti", Where("b"), NOW)
    assert not a_scope(MONITOR).is_withheld("sti", Where(), NOW)


@pytest.mark.parametrize("viewer", EVERYBODY, ids=label)
def test_what_lies_beside_is_the_operators_and_the_posts_own_and_is_summed_for_all(viewer):
    across = Viewer(8, "across", Role.OFFICIAL, post_id="across", agency="customs")
    at_post = Where(posts=("across",))
    for where in (Where("c"), at_post):
        scope = a_scope(viewer, Spell(NOW - WEEK))
        assert scope.is_withheld("sti", where, NOW) is (viewer not in (DISPATCHER, DRIVER))
        assert not scope.is_withheld("sti", where, NOW, in_sum=True)
        assert scope.may_see_figures(where, NOW - WEEK, NOW, NOW)
        assert scope.tells_hours_only(where, NOW - WEEK, NOW) is (viewer not in (DISPATCHER, DRIVER))
    scope = a_scope(across, Spell(NOW - WEEK))
    assert not scope.is_withheld("sti", at_post, NOW)
    assert not scope.tells_hours_only(at_post, NOW - WEEK, NOW)
    assert scope.is_withheld("sti", Where("c"), NOW)
    assert scope.is_withheld("sti", Where(posts=("across", "post")), NOW)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
SPELLS = st.lists(st.tuples(MOMENTS, MOMENTS).map(sorted).map(lambda pair: Spell(*pair)), max_size=3)
PLACES = st.builds(
    Where,
    section_id=st.sampled_from([None, "a", "b", "c", "gone"]),
    posts=st.sampled_from([(), ("post",), ("other",), ("across",)]),
)
LATER = st.timedeltas(timedelta(0), timedelta(days=90))


@given(st.sampled_from(EVERYBODY), st.sampled_from(["sti", "utb", None]), PLACES, MOMENTS, MOMENTS, SPELLS, MOMENTS)
def test_a_status_never_widens_what_anybody_sees(viewer, operator_id, where, one, other, spells, now):
    since, until = sorted((one, other))
    free, held = a_scope(viewer, as_of=now), a_scope(viewer, *spells, as_of=now)
    assert not free.is_withheld(operator_id, where, since, until)
    assert free.figures_until(where, since, until, now) == until
    end = held.figures_until(where, since, until, now)
    assert end is None or end <= until
    if operator_id is not None and held.may_see_exact(operator_id, where=where, at=since):
        assert free.may_see_exact(operator_id, where=where, at=since)


@given(st.sampled_from(EVERYBODY), PLACES, MOMENTS, MOMENTS, SPELLS, MOMENTS, LATER)
def test_figures_only_grow_with_time_and_more_statuses_hide_no_less(viewer, where, one, other, spells, now, later):
    since, until = sorted((one, other))
    scope = a_scope(viewer, *spells, as_of=now)
    before, after = (scope.figures_until(where, since, until, at) for at in (now, now + later))
    assert before is None or (after is not None and before <= after)
    if scope.is_withheld("utb", where, since):
        assert scope.is_withheld("utb", where, since, until)
    if scope.is_withheld("utb", where, since, until, in_sum=True):
        assert scope.is_withheld("utb", where, since, until), "what stays out of sums is kept back by itself too"
    more = a_scope(viewer, *spells, Spell(since, until), as_of=now)
    assert more.is_withheld("utb", where, since, until) >= scope.is_withheld("utb", where, since, until)
