"""The shell that folium draws: ours alone, safe under the content security policy, and the same every time."""

import re

import pytest

from dashboard.folium_map import LEAFLET_CSS, LEAFLET_JS, MAP_ID, make_shell

BOUNDS = ((4.5, -5.0), (7.0, 4.0))


def shell(**changes):
    return make_shell(
        BOUNDS, **({"nonce": "n0nce", "label": "Map", "options": {"liveUrl": "/map/live.json"}} | changes)
    )


def test_nothing_is_loaded_from_elsewhere():
    drawn = shell()
    whole = drawn.head + drawn.body + drawn.script
    assert set(re.findall(r'(?:src|href)="([^"]+)"', whole)) == {LEAFLET_JS, LEAFLET_CSS}
    assert "//" not in whole.replace("</", "")
    assert not re.search(r"jquery|bootstrap|font-?awesome|glyphicon|tileLayer", whole, re.IGNORECASE)


def test_every_script_and_style_carries_the_nonce():
    drawn = shell()
    for tag in re.findall(r"<(?:script|link|style)[^>]*>", drawn.head + drawn.body + drawn.script):
        assert 'nonce="n0nce"' in tag
    assert "style=" not in drawn.body
    assert "user-scalable" not in drawn.head  # folium would forbid people to zoom the page


def test_what_is_handed_over_cannot_end_the_script():
    drawn = shell(options={"x": "</script><script>alert(1)</script>\u2028&"}, label='"><script>alert(2)</script>')
    assert drawn.script.count("</script>") == 1
    assert "<script>alert" not in drawn.body
    assert "\u2028" not in drawn.script


def test_the_map_shows_the_bounds_and_is_the_same_every_time():
    assert shell() == shell()
    assert f'"{MAP_ID}"' in shell().script
    assert "fitBounds" in shell().script
    assert "[[4.5, -5.0], [7.0, 4.0]]" in shell().script


@pytest.mark.parametrize("prefix", ["/corridor", ""])
def test_addresses_may_get_a_version_and_a_proxys_path(prefix):
    head = shell(address=lambda path: f"{prefix}{path}?v=1").head
    assert f'src="{prefix}{LEAFLET_JS}?v=1"' in head
    assert f'href="{prefix}{LEAFLET_CSS}?v=1"' in head
