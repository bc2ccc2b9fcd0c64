"""Each corridor with its truth and its findings, as SVG: kilometres from left to right, days from top to bottom.

Bars are true checkpoints (open where nobody found them), boxes are findings (dashed where they are false, as wide as the
stretch they name), grey ticks are
listed checkpoints. Labels are codes and numbers, for developers and the documentation.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.evaluation.evaluate import Result
from dashboard.evaluation.scene import Scene

WIDTH, DAY, LEFT, TOP = 1100, 16, 60, 34


def plot(scene: Scene, corridor_id: str, result: Result) -> str:
    """Return the drawing of one corridor."""
    corridor, scenario = scene.geography.get_corridor(corridor_id), scene.scenario
    end = scenario.start + timedelta(days=scenario.days)
    bottom = TOP + DAY * scenario.days

    def x(km: float) -> float:
        return round(LEFT + (WIDTH - LEFT - 20) * km / corridor.line.end_km, 1)

    def y(at: datetime) -> float:
        at = min(max(at, scenario.start), end)
        return round(TOP + DAY * (at - scenario.start).total_seconds() / 86400, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 26:.0f}" font-family="sans-serif">',
        f'<text x="{LEFT}" y="14" font-size="13">{scenario.name} · {corridor_id} · seed {scenario.seed}</text>',
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - 20}" height="{bottom - TOP:.0f}" fill="#f7f7f4" stroke="#999"/>',
    ]
    for km in range(0, int(corridor.line.end_km) + 1, 100):
        parts.append(f'<text x="{x(km)}" y="{bottom + 16:.0f}" font-size="11" text-anchor="middle">{km}</text>')
    parts += [
        f'<path d="M{x(one.at_km)} {TOP}V{bottom:.0f}" stroke="#bbb" stroke-width="2"/>'
        for one in scenario.checkpoints
        if one.listed and one.corridor == corridor_id
    ]
    matching = result.matchings[corridor_id]
    for truth, hit in zip(result.truths[corridor_id], matching.found, strict=True):
        fill = "#1b6ca8" if hit is not None else "none"
        height = max(2.0, y(truth.ended_at) - y(truth.started_at))
        box = f'x="{x(truth.km) - 2}" y="{y(truth.started_at)}" width="4" height="{height:.1f}"'
        parts.append(f'<rect {box} fill="{fill}" stroke="#1b6ca8"/>')
    for place, right in zip(result.places[corridor_id], matching.right, strict=True):
        dash = "" if right else ' stroke-dasharray="3 2"'
        height = max(2.0, y(place.ended_at) - y(place.started_at))
        low, high = (place.km, place.km) if place.stretch is None else place.stretch[:2]
        box = f'x="{x(low) - 5}" y="{y(place.started_at)}" width="{x(high) - x(low) + 10:.1f}" height="{height:.1f}"'
        parts.append(f'<rect {box} fill="none" stroke="#c8451b" stroke-width="1.5"{dash}/>')
    return "\n".join([*parts, "</svg>"])
