"""States, memberships as of a day, and which state a point lies in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.tracker.places_of_truth import shipped
from tracker.countries import (
    are_borders_built,
    country_at,
    find_country,
    get_country,
    is_member,
    list_countries,
    list_members,
    visa_free,
    visa_free_acts,
)
from tracker.errors import NotFound

needs_borders = pytest.mark.skipif(not are_borders_built(), reason="borders are built by python -m dashboard.assets")
AFTER, BEFORE = date(2025, 1, 29), date(2025, 1, 28)


def test_three_states_left_on_a_day_and_moved_on_visa_free_under_two_acts() -> None:
    assert len(list_members("ECOWAS", BEFORE)) == 15
    assert len(list_members("ECOWAS", AFTER)) == 12
    for state in ("BF", "ML", "NE"):
        assert is_member(state, "ECOWAS", BEFORE)
        assert not is_member(state, "ECOWAS", AFTER)
        assert is_member(state, "UEMOA", AFTER)
        assert [act.id for act in visa_free_acts(state, "GH", AFTER)] == ["ecowas-aes-2025"]
        assert [act.id for act in visa_free_acts("GH", state, AFTER)] == ["aes-2024"]
        assert visa_free(state, "GH", BEFORE)


def test_mauritania_left_in_2000_and_what_is_not_known_is_not_a_no() -> None:
    assert is_member("MR", "ECOWAS", date(2000, 11, 30))
    assert not is_member("MR", "ECOWAS", date(2001, 1, 1))
    assert visa_free("MR", "SN", date(2026, 1, 1)) is None
    assert visa_free("SN", "SN", date(2026, 1, 1)) is True


def test_each_row_of_the_tables_is_whole() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert len(list_countries()) == 16
    for country in list_countries():
        assert noon.astimezone(country.zone).utcoffset() == timedelta(hours=country.utc_offset_h)
    assert {c.code for c in list_countries() if c.utc_offset_h == 1} == {"BJ", "NE", "NG"}
    assert get_country("LR").also_used == ("USD",)
    assert find_country("FR") is None
    with pytest.raises(NotFound):
        get_country("FR")


@needs_borders
@pytest.mark.parametrize(
    ("latitude", "longitude", "country"),
    [
        (5.55, -0.2, "GH"),
        (6.13, 1.22, "TG"),
        (6.45, 3.39, "NG"),
        (13.51, 2.11, "NE"),
        (0.0, -20.0, None),
        (48.8, 2.3, None),
    ],
)
def test_country_of_a_point(latitude: float, longitude: float, country: str | None) -> None:
    assert country_at(latitude, longitude) == country


@needs_borders
def test_surveyed_posts_lie_on_their_own_side() -> None:
    surveyed = [post for post in shipped().posts.values() if not post.source.startswith("computed")]
    wrong = {post.id for post in surveyed if country_at(post.latitude, post.longitude) != post.country}
    # Rounded to an arc-minute in the gazetteer, or quoted second-hand: within a kilometre of the line.
    assert wrong <= {"ML-kouremale", "GN-nzoo-poste-frontiere"}
    assert len(surveyed) >= 54
