"""The map's shell: the only doorway to folium.

Folium draws the empty Leaflet map (no tiles, our own Leaflet); everything on it is fetched by URL by `static/map.js`, so
that a page is sent once and weighs little. Of what folium would load from four hosts nothing is left: Leaflet comes
from `static/vendor/`, and jQuery, Bootstrap and Font Awesome are not needed, because there are no folium popups.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

# Folium imports pandas where it happens to be installed (the development environment has it, for the benchmarks): 35 MB and a
# quarter of a second in every process, for data frames that nobody here gives it. It is told that there is none.
_pandas = sys.modules.get("pandas")
sys.modules["pandas"] = None  # type: ignore[assignment]
try:
    import folium
    from branca.element import CssLink, JavascriptLink, MacroElement
    from folium.template import Template
finally:
    if _pandas is None:
        del sys.modules["pandas"]
    else:
        sys.modules["pandas"] = _pandas

LEAFLET_JS = "/static/vendor/leaflet/leaflet.js"
LEAFLET_CSS = "/static/vendor/leaflet/leaflet.css"
MAP_ID = "map_corridors"

# Class state of folium, replaced once at import for every map and plugin of this process.
folium.Map.default_js = [("leaflet", LEAFLET_JS)]
folium.Map.default_css = [("leaflet_css", LEAFLET_CSS)]

# West Africa with a margin: nobody gets lost in an ocean that has no map.
REGION = ((-25.0, -48.0), (45.0, 40.0))

Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class MapShell:
    """The three parts of a folium page, to be placed by our own template. Safe to print as they are."""

    head: Markup
    body: Markup
    script: Markup


class _Handover(MacroElement):
    """Gives the finished Leaflet map and what it needs to know to `static/map.js`, which runs after it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            window.corridorMap = {leaflet: {{ this._parent.get_name() }}, options: {{ this.options }}};
        {% endmacro %}
        """
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Handover"
        self.options = _inert_json(options)


def make_shell(
    bounds: Bounds, *, nonce: str, label: str, options: Mapping[str, Any], address: Callable[[str], str] = str
) -> MapShell:
    """Return the map that shows `bounds` ((south, west), (north, east)).

    `options` (data URLs, language, attribution) are handed to the page's script, `label` names the map for screen
    readers, `nonce` is the request's, without which the content security policy would stop the inline script, `address`
    turns a path under `/static` into the one to load it from (a version, a proxy's path).
    """
    drawn = folium.Map(
        location=[(bounds[0][0] + bounds[1][0]) / 2, (bounds[0][1] + bounds[1][1]) / 2],
        tiles=None,
        zoom_start=6,
        prefer_canvas=True,
        zoom_control=False,  # ours is translated
        attribution_control=False,  # ours is escaped, and says who drew what
        zoom_snap=0.25,
        zoom_delta=0.75,
        wheel_px_per_zoom_level=90,
        max_bounds=True,
        min_lat=REGION[0][0],
        min_lon=REGION[0][1],
        max_lat=REGION[1][0],
        max_lon=REGION[1][1],
        max_bounds_viscosity=0.8,
    )
    drawn._name, drawn._id = MAP_ID.split("_", 1)  # folium's own ids are random: pages would differ without a reason
    drawn.options |= {"minZoom": 4, "maxZoom": 16}  # folium knows these of tiles only
    fit = folium.FitBounds([list(corner) for corner in bounds], padding=(24, 24))
    fit.options["animate"] = False  # an animation would end after the page has chosen another view
    drawn.add_child(fit)
    drawn.add_child(_Handover({**options, "bounds": bounds}))
    figure: Any = drawn.get_root()
    figure.render()
    # Of the head only the links: folium's viewport forbids zooming, and its styles are for a page of its own.
    links = [c for c in figure.header._children.values() if isinstance(c, JavascriptLink | CssLink)]
    head = "\n".join(type(link)(escape(address(link.url))).render() for link in links)
    body = figure.html.render().replace(
        "<div ", f'<div role="application" tabindex="0" aria-label="{escape(label)}" ', 1
    )
    return MapShell(
        head=Markup(re.sub(r"<(script|link) ", rf'<\1 nonce="{escape(nonce)}" ', head)),
        body=Markup(body),
        script=Markup(f'<script nonce="{escape(nonce)}">\n{figure.script.render()}\n</script>'),
    )


def _inert_json(value: object) -> str:
    """Return JSON that cannot end the script it stands in."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
