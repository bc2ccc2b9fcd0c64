"""The truth table of `tracker.scope`: who sees and does what."""

from datetime import timedelta

import pytest

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
    Action.MANAGE_USERS: {ADMIN},
    Action.VIEW_AUDIT: {PROTECTION, ADMIN},
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
    scope = scope_of(viewer)
    for age in (timedelta(0), timedelta(days=400)):
        assert scope.may_see_exact("sti", section_restricted=restricted, age=age, country=country) is expected


def test_another_operator_sees_nothing_in_a_restricted_section():
    assert not scope_of(DISPATCHER).may_see_exact("utb", section_restricted=True)


@pytest.mark.parametrize("viewer", EVERYBODY, ids=label)
def test_aggregates_of_restricted_sections_wait_72_hours_and_never_reach_the_public(viewer):
    scope = scope_of(viewer)
    assert scope.may_see_aggregate()
    assert not scope.may_see_aggregate(section_restricted=True, age=timedelta(hours=71))
    late = scope.may_see_aggregate(section_restricted=True, age=timedelta(hours=72))
    assert late is (viewer in (MONITOR, PROTECTION))


@pytest.mark.parametrize("role", list(Role))
def test_what_a_crew_pays_for_the_observatory_only_is_not_for_its_operator(role):
    viewer = Viewer(1, "a", role, operator_id="sti" if role in (Role.DISPATCHER, Role.DRIVER) else None)
    assert scope_of(viewer).may_see_payment(observatory_only=False)
    assert scope_of(viewer).may_see_payment(observatory_only=True) is (viewer.operator_id is None)
    assert not scope_of(None).may_see_payment(observatory_only=True)
