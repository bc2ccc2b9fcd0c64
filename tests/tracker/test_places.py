"""Border posts: one side each, points with fences and hours, dated states."""

from datetime import date, time

from tests.tracker.places_of_truth import TODAY, shipped
from tracker.geo import distance_m
from tracker.places import Hours


def test_posts_are_one_side_each_and_know_each_other() -> None:
    posts = shipped().posts
    assert len(posts) == 69
    for post in posts.values():
        assert post.id.startswith(f"{post.country}-")
        assert post.source
        if post.counterpart_id is not None:
            assert posts[post.counterpart_id].country == post.counterpart_country != post.country


def test_the_fence_is_at_the_crossing_not_at_the_town_unless_the_post_is_inland() -> None:
    posts = shipped().posts
    elubo = posts["GH-elubo"].find_point("customs", TODAY)
    assert elubo is not None
    assert (elubo.latitude, elubo.longitude) == posts["GH-elubo"].crossing
    assert elubo.radius_basis == "assumed"
    makalondi = posts["NE-makalondi"].find_point("police", TODAY)
    assert makalondi is not None
    assert makalondi.place == "post"
    crossing = posts["NE-makalondi"].crossing
    assert crossing is not None
    assert distance_m(makalondi.latitude, makalondi.longitude, *crossing) > 20_000
    for post in posts.values():
        assert post.find_point("police", TODAY) is not None, post.id


def test_hours_differ_by_agency() -> None:
    krake = shipped().posts["BJ-krake"]
    customs, forestry, scanner = (krake.find_point(a, TODAY) for a in ("customs", "forestry", "private_scanner"))
    assert customs is not None
    assert customs.hours.is_all_day
    assert forestry is not None
    assert forestry.hours.is_open_at(time(7, 59)) is False
    assert forestry.hours.is_open_at(time(8, 0)) is True
    assert scanner is not None
    assert scanner.hours.is_open_at(time(12)) is None  # only its closing time is known
    health = krake.find_point("health", TODAY)
    assert health is not None
    assert health.agency is None
    farafenni = shipped().posts["GM-farafenni"].find_point("customs", TODAY)
    assert farafenni is not None
    assert farafenni.hours.is_open_at(time(18)) is True
    assert farafenni.hours.is_open_at(time(18), is_holiday=True) is False


def test_hours_over_midnight() -> None:
    hours = Hours(opens=22 * 60, closes=4 * 60)
    assert [hours.is_open_at(time(h)) for h in (21, 22, 3, 4)] == [False, True, True, False]


def test_states_are_dated_and_unknown_is_not_open() -> None:
    posts = shipped().posts
    gaya, aflao = posts["NE-gaya"], posts["GH-aflao"]
    assert gaya.find_state(date(2023, 6, 30)) is None
    closed = gaya.find_state(TODAY)
    assert closed is not None
    assert (closed.status, closed.precision) == ("closed", "month")
    opened = aflao.find_state(TODAY)
    assert opened is not None
    assert opened.status == "open"
    assert aflao.find_state(date(2017, 8, 4)) is None
    assert posts["BJ-malanville"].find_state(TODAY) is None
