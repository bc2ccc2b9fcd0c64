"""Every route and every role: who gets in, with own data and with foreign data.

The routes are read from the application, so a new route without a row here fails, and so does a row without a route.
`WHO` says who passes a route's door. What people then see of others' things is asked where the data are:
`test_account_pages.py` and its neighbours, with the own and the foreign people of `people.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.routes import list_routes
from tests.dashboard.people import Site, token_on
from tests.dashboard.whole_site import whole_site
from tracker.scope import GRANTS, Action, Role

ANYBODY = frozenset({None, *(role.value for role in Role)})
SIGNED_IN = ANYBODY - {None}
ADMINISTRATOR = frozenset({"administrator"})
AUDITORS = frozenset({"administrator", "protection_officer"})
# By cookie nobody passes the doors of messages: they know devices' and programs' tokens only.
NOBODY: frozenset[str | None] = frozenset()


def holders(action: Action) -> frozenset[str | None]:
    """Return the roles to which `tracker.scope` grants `action`; its own truth table is `test_scope.py`."""
    return frozenset(role.value for role in Role if action in GRANTS[role])


ON_THE_MAP = holders(Action.VIEW_MAP)
# A log is that of everybody's coaches: not for operators.
AT_ALL_COACHES = holders(Action.VIEW_CROSSINGS) - {"dispatcher", "driver"}
DEVICE_VIEWERS = frozenset({"dispatcher", "monitor", "administrator"})
DEVICE_MANAGERS = frozenset({"dispatcher", "administrator"})

# (method, path): who may. Anybody else is sent to the sign-in page, or told 401 or 403, and nothing happens.
WHO: dict[tuple[str, str], frozenset[str | None]] = {
    ("GET", "/sign-in"): ANYBODY,
    ("POST", "/sign-in"): ANYBODY,
    ("GET", "/sign-in/code"): ANYBODY,
    ("POST", "/sign-in/code"): ANYBODY,
    ("POST", "/sign-out"): SIGNED_IN,
    ("GET", "/welcome/{token}"): ANYBODY,
    ("POST", "/welcome/{token}"): ANYBODY,
    ("GET", "/language/{language}"): ANYBODY,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/language"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/sessions/{session_id}/end"): SIGNED_IN,
    ("POST", "/account/sessions/end-others"): SIGNED_IN,
    ("POST", "/account/tokens"): SIGNED_IN,
    ("POST", "/account/tokens/{token_id}/revoke"): SIGNED_IN,
    ("GET", "/account/second-factor"): SIGNED_IN,
    ("POST", "/account/second-factor/on"): SIGNED_IN,
    ("POST", "/account/second-factor/off"): SIGNED_IN,
    ("GET", "/users"): ADMINISTRATOR,
    ("POST", "/users"): ADMINISTRATOR,
    ("GET", "/users/new"): ADMINISTRATOR,
    ("GET", "/users/{user_id}"): ADMINISTRATOR,
    ("POST", "/users/{user_id}/link"): ADMINISTRATOR,
    ("POST", "/users/{user_id}/role"): ADMINISTRATOR,
    ("POST", "/users/{user_id}/disable"): ADMINISTRATOR,
    ("POST", "/users/{user_id}/enable"): ADMINISTRATOR,
    ("POST", "/users/{user_id}/second-factor/off"): ADMINISTRATOR,
    ("GET", "/audit"): AUDITORS,
    ("GET", "/patterns"): ANYBODY,
    # map and tables
    ("GET", "/"): ON_THE_MAP,
    ("GET", "/table"): ON_THE_MAP,
    ("GET", "/map/static.json"): ON_THE_MAP,
    ("GET", "/map/live.json"): ON_THE_MAP,
    ("GET", "/map/ground.json"): ON_THE_MAP,
    ("GET", "/map/flow.json"): ON_THE_MAP,
    ("GET", "/map/silence.json"): ON_THE_MAP,
    # trips, corridors, posts, hubs; and the same as panels of the map
    ("GET", "/trips"): holders(Action.VIEW_POSITIONS),
    ("GET", "/trips/{trip_id}"): holders(Action.VIEW_POSITIONS),
    ("GET", "/corridors"): ON_THE_MAP,
    ("GET", "/corridors/{corridor_id}"): ON_THE_MAP,
    ("GET", "/posts"): ON_THE_MAP,
    ("GET", "/posts/{post_id}"): ON_THE_MAP,
    # Of an agency's inspectorate, which no role by itself is.
    ("GET", "/answers"): holders(Action.ANSWER_FLAGS),
    ("POST", "/answers/{flag_id}"): holders(Action.ANSWER_FLAGS),
    ("GET", "/api/v1/answers"): holders(Action.ANSWER_FLAGS),
    ("POST", "/api/v1/answers/{flag_id}"): holders(Action.ANSWER_FLAGS),
    ("GET", "/flags"): holders(Action.VIEW_FLAGS),
    ("GET", "/flags/{flag_id}"): holders(Action.VIEW_FLAGS),
    ("GET", "/flags/{flag_id}/evidence/{number}"): holders(Action.VIEW_FLAGS),
    ("POST", "/flags/{flag_id}/decisions"): holders(Action.DECIDE_FLAGS),
    ("GET", "/api/v1/flags"): holders(Action.VIEW_FLAGS),
    ("GET", "/api/v1/flags/{flag_id}"): holders(Action.VIEW_FLAGS),
    ("GET", "/api/v1/flags/{flag_id}/evidence"): holders(Action.VIEW_FLAGS),
    ("GET", "/api/v1/flags/{flag_id}/evidence/{number}"): holders(Action.VIEW_FLAGS),
    ("POST", "/api/v1/flags/{flag_id}/decisions"): holders(Action.DECIDE_FLAGS),
    ("GET", "/controls"): holders(Action.VIEW_REPORTS_EXACT),
    ("GET", "/observatory"): holders(Action.VIEW_INDICATORS),
    ("GET", "/orders"): holders(Action.VIEW_FLAGS),
    ("GET", "/orders/{order_id}"): holders(Action.VIEW_FLAGS),
    ("POST", "/orders"): holders(Action.ENTER_ORDERS),
    ("GET", "/api/v1/control-stops"): holders(Action.VIEW_REPORTS_EXACT),
    ("GET", "/api/v1/orders"): holders(Action.VIEW_FLAGS),
    ("GET", "/api/v1/orders/{order_id}"): holders(Action.VIEW_FLAGS),
    ("GET", "/api/v1/orders/{order_id}/days"): holders(Action.VIEW_FLAGS),
    ("GET", "/security"): ON_THE_MAP,
    ("POST", "/security"): ADMINISTRATOR,
    ("GET", "/words"): holders(Action.ERASE_SEALED),
    ("POST", "/words/{seq}/erase"): holders(Action.ERASE_SEALED),
    ("GET", "/api/v1/safety-alerts"): holders(Action.VIEW_SAFETY_ALERTS),
    ("GET", "/hubs"): holders(Action.VIEW_POSITIONS),
    ("GET", "/hubs/{origin}/{destination}"): holders(Action.VIEW_POSITIONS),
    ("GET", "/panels/trip"): holders(Action.VIEW_POSITIONS),
    ("GET", "/panels/section"): ON_THE_MAP,
    ("GET", "/panels/post"): ON_THE_MAP,
    ("GET", "/panels/pair"): holders(Action.VIEW_POSITIONS),
    # devices and what they sent that was refused
    ("GET", "/devices"): DEVICE_VIEWERS,
    ("GET", "/devices/{device_id}"): DEVICE_VIEWERS,
    ("GET", "/devices/new"): DEVICE_MANAGERS,
    ("POST", "/devices"): DEVICE_MANAGERS,
    ("POST", "/devices/{device_id}/rotate"): DEVICE_MANAGERS,
    ("POST", "/devices/{device_id}/disable"): DEVICE_MANAGERS,
    ("GET", "/dead-letters"): DEVICE_VIEWERS,
    ("GET", "/dead-letters/{letter_id}"): DEVICE_VIEWERS,
    ("POST", "/dead-letters/{letter_id}/open"): DEVICE_VIEWERS,
    ("POST", "/dead-letters/{letter_id}/replay"): ADMINISTRATOR,
    ("GET", "/api/v1/devices"): DEVICE_VIEWERS,
    ("GET", "/api/v1/dead-letters"): DEVICE_VIEWERS,
    ("POST", "/api/v1/dead-letters/{letter_id}/replay"): ADMINISTRATOR,
    # readings
    ("GET", "/api/v1/corridors"): ON_THE_MAP,
    ("GET", "/api/v1/corridors/{corridor_id}"): ON_THE_MAP,
    ("GET", "/api/v1/border-posts"): ON_THE_MAP,
    ("GET", "/api/v1/control-points"): ON_THE_MAP,
    ("GET", "/api/v1/crossings"): holders(Action.VIEW_CROSSINGS),
    ("GET", "/api/v1/trips"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/trips/{trip_id}"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/vehicles/{vehicle_id}/latest"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/corridors/{corridor_id}/flow"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/border-posts/{post_id}/dwell"): holders(Action.VIEW_CROSSINGS),
    ("GET", "/api/v1/border-posts/{post_id}/wait"): holders(Action.VIEW_CROSSINGS),
    ("GET", "/api/v1/border-posts/{post_id}/wait-by-hour"): holders(Action.VIEW_CROSSINGS),
    ("GET", "/api/v1/border-posts/{post_id}/log-states"): AT_ALL_COACHES,
    ("GET", "/api/v1/border-posts/{post_id}/log-quality"): AT_ALL_COACHES,
    ("GET", "/api/v1/border-posts/{post_id}/arrivals"): holders(Action.VIEW_CROSSINGS),
    ("GET", "/api/v1/border-posts/{post_id}/expected"): holders(Action.VIEW_CROSSINGS),
    ("GET", "/api/v1/corridor-flow"): ON_THE_MAP,
    ("GET", "/api/v1/corridors/{corridor_id}/posts"): ON_THE_MAP,
    ("GET", "/api/v1/corridors/{corridor_id}/hours"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/corridors/{corridor_id}/strip"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/corridors/{corridor_id}/months"): holders(Action.VIEW_INDICATORS),
    ("GET", "/api/v1/corridors/{corridor_id}/controls"): holders(Action.VIEW_REPORTS_EXACT),
    ("GET", "/api/v1/hub-pairs"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/hub-pairs/{origin}/{destination}"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/trips/{trip_id}/account"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/indicators"): holders(Action.VIEW_INDICATORS),
    ("GET", "/api/v1/indicator-trend"): holders(Action.VIEW_INDICATORS),
    ("GET", "/api/v1/trip-accounts"): holders(Action.VIEW_INDICATORS) - {"focal_point"},
    ("GET", "/api/v1/published-indicators"): holders(Action.VIEW_INDICATORS),
    ("GET", "/api/v1/halts"): holders(Action.VIEW_POSITIONS),
    ("GET", "/api/v1/controls"): holders(Action.VIEW_REPORTS_EXACT),
    # doors
    ("POST", "/api/v1/positions"): holders(Action.POST_AS_VEHICLE),
    ("POST", "/api/v1/trips"): holders(Action.POST_AS_VEHICLE),
    ("POST", "/api/v1/controls"): holders(Action.POST_AS_VEHICLE),
    ("POST", "/api/v1/incidents"): holders(Action.POST_AS_VEHICLE),
    ("POST", "/api/v1/crossings"): holders(Action.POST_AS_POST),
    ("POST", "/api/v1/post-status"): holders(Action.POST_AS_POST),
    ("POST", "/owntracks"): NOBODY,
    ("GET", "/fleet"): holders(Action.MANAGE_FLEET),
    ("POST", "/fleet/coaches"): holders(Action.MANAGE_FLEET),
    ("POST", "/fleet/coaches/{vehicle_id}/retire"): holders(Action.MANAGE_FLEET),
    ("POST", "/fleet/crews"): holders(Action.MANAGE_FLEET),
    ("POST", "/fleet/crews/{user_id}/link"): holders(Action.MANAGE_FLEET),
    ("POST", "/fleet/crews/{user_id}/disable"): holders(Action.MANAGE_FLEET),
    ("GET", "/api/v1/fleet"): holders(Action.MANAGE_FLEET),
    ("POST", "/api/v1/fleet/coaches"): holders(Action.MANAGE_FLEET),
    ("POST", "/api/v1/fleet/crews"): holders(Action.MANAGE_FLEET),
    ("POST", "/api/v1/fleet/devices"): holders(Action.MANAGE_FLEET),
    ("GET", "/declare"): holders(Action.MANAGE_FLEET),
    ("POST", "/declare"): holders(Action.MANAGE_FLEET),
    ("POST", "/declare/file"): holders(Action.MANAGE_FLEET),
    ("GET", "/own-figures"): holders(Action.MANAGE_FLEET),
    ("GET", "/api/v1/own-figures"): holders(Action.MANAGE_FLEET),
    ("GET", "/help"): ANYBODY,
    ("GET", "/help/{reader}"): ANYBODY,
    ("GET", "/osmand"): NOBODY,
    ("POST", "/osmand"): NOBODY,
    ("POST", "/traccar"): NOBODY,
    ("GET", "/field"): ANYBODY,
    ("GET", "/field/"): ANYBODY,
    ("GET", "/field/worker.js"): ANYBODY,
    ("GET", "/field/manifest/{language}"): ANYBODY,
    ("GET", "/field/words/{language}"): ANYBODY,
    ("GET", "/field/expected"): holders(Action.POST_AS_POST),
    ("GET", "/field/me"): holders(Action.POST_AS_VEHICLE) | holders(Action.POST_AS_POST),
    ("GET", "/field/coach"): holders(Action.POST_AS_VEHICLE),
    # machines
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ANYBODY,
    ("GET", "/openapi.json"): ANYBODY,
    ("GET", "/asyncapi.json"): ANYBODY,
    ("GET", "/docs"): ANYBODY,
}
VALUES = {
    "token": "nothing", "language": "fr", "session_id": "999", "token_id": "999", "user_id": "999", "device_id": "none",
    "letter_id": "999", "seq": "999", "corridor_id": "ABJ-LOS", "trip_id": "none", "vehicle_id": "none",
    "flag_id": "00000000-0000-0000-0000-000000000000", "number": 0, "order_id": "none", "post_id": "CI-noe", "origin": "abidjan",
    "destination": "lagos", "reader": "driver",
}  # fmt: skip
PASSWORD_FORMS = {"/sign-in", "/sign-in/code"}
AWAY = {"/readyz"}  # says 503 when nothing runs beside the tests


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real application, with everybody of `people.py` in its database."""
    with whole_site(tmp_path_factory.mktemp("matrix")) as made:
        yield made


def test_every_route_has_a_row_and_every_row_a_route(site: Site) -> None:
    routes = set(list_routes(site.app))
    assert routes - WHO.keys() == set(), "routes that say nothing of who may"
    assert WHO.keys() - routes == set(), "rows of routes that are gone"


@pytest.mark.parametrize("who", sorted(ANYBODY, key=str), ids=str)
@pytest.mark.parametrize("route", sorted(WHO), ids=" ".join)
def test_who_passes_the_door(site: Site, route: tuple[str, str], who: str | None) -> None:
    method, path = route
    browser = site.browser(who)
    data, headers = {}, {}
    if method != "GET":
        page = browser.get("/account" if who else "/sign-in").text
        data = {"csrf_token": token_on(page)}
        headers = {"X-CSRF-Token": data["csrf_token"]}
    answer = browser.request(method, path.format(**VALUES), data=data, headers=headers)
    assert answer.status_code < 500 or path in AWAY
    away = "/sign-in" if path == "/" else "/sign-in?next="
    sent_away = answer.status_code == 303 and answer.headers["location"].startswith(away)
    # A wrong password is a 401 as well; here nobody types one, except that an empty one is.
    refused = sent_away or answer.status_code == 403 or (answer.status_code == 401 and path not in PASSWORD_FORMS)
    assert refused is (who not in WHO[route])
