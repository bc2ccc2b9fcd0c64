"""Building the third-party files: the parts that need no npm, and what was built where it was."""

import json
from pathlib import Path

import pytest
import shapely

from dashboard.assets import EAST, NORTH, ROOT, VENDOR, WEST, basemap, clip, fingerprint, is_current, thin, wkb

BASEMAP = ROOT / VENDOR / "basemap.json"


def test_wkb_is_what_shapely_reads() -> None:
    outer = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
    inner = [(1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (1.0, 1.0)]
    shape = shapely.from_wkb(wkb([[outer, inner], [[(9.0, 9.0), (9.0, 8.0), (8.0, 8.0), (9.0, 9.0)]]]))
    assert shape.area == pytest.approx(16 - 0.5 + 0.5)


def test_rings_are_cut_at_the_region_and_thinned() -> None:
    ring = [(WEST - 5, 10.0), (WEST + 5, 10.0), (WEST + 5, 20.0), (WEST - 5, 20.0), (WEST - 5, 10.0)]
    assert shapely.Polygon(clip(ring)).bounds == (WEST, 10, WEST + 5, 20)
    assert clip([(EAST + 1, 9.0), (EAST + 2, 9.0), (EAST + 2, NORTH), (EAST + 1, 9.0)]) == []
    line = [(x / 100, 0.001 * (x % 2)) for x in range(100)]
    assert thin(line) == [(0.0, 0.0), (0.99, 0.001)]


def test_neighbours_share_the_border_line() -> None:
    arcs = [[[0, 10], [0, 10]], [[0, 20], [-10, 0], [0, -10], [10, 0]], [[0, 10], [10, 0], [0, 10], [-10, 0]]]
    countries = {"geometries": [
        {"type": "Polygon", "arcs": [[0, 1]], "id": "288"},
        {"type": "MultiPolygon", "arcs": [[[2, -1]]], "id": "768"},
    ]}  # fmt: skip
    transform = {"scale": [1, 1], "translate": [0, 0]}
    made = basemap({"transform": transform, "arcs": arcs, "objects": {"countries": countries}})
    land, border = made["features"][:-1], made["features"][-1]
    assert [f["properties"]["country"] for f in land] == ["GH", "TG"]
    assert border["geometry"]["coordinates"] == [[(0, 10), (0, 20)]]
    assert all(shapely.geometry.shape(f["geometry"]).area == 100 for f in land)


def test_a_changed_lock_file_makes_the_files_out_of_date(tmp_path: Path) -> None:
    (tmp_path / "dashboard").mkdir()
    (tmp_path / "dashboard/assets.py").write_text("a")
    (tmp_path / "package-lock.json").write_text("{}")
    before = fingerprint(tmp_path)
    (tmp_path / "package-lock.json").write_text("{ }")
    assert fingerprint(tmp_path) != before
    assert not is_current(tmp_path)
    assert "http" not in (ROOT / "package-lock.json").read_text()


@pytest.mark.skipif(not BASEMAP.exists(), reason="the basemap is built by python -m dashboard.assets")
def test_the_built_basemap_is_small_and_has_every_state() -> None:
    document = json.loads(BASEMAP.read_text())
    states = {feature["properties"]["country"] for feature in document["features"]}
    assert {"BJ", "BF", "CV", "CI", "GM", "GH", "GN", "GW", "LR", "ML", "NE", "NG", "SN", "SL", "TG", "MR"} <= states
    assert BASEMAP.stat().st_size < 200_000
