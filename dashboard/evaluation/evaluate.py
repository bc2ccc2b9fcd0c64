"""One scenario from its file to its scores: what `corridor evaluate` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checkpoints.findings import Finding
from checkpoints.unlisted import Looked, look_at
from dashboard.evaluation.matching import Matching, Place, Scores, TrueCheckpoint, match, place_of
from dashboard.evaluation.scene import Scene
from tracker.fact_rows import Sighting
from tracker.sections import Section

KINDS = ("unlisted_checkpoint", "en_route_control")
Find = Callable[[Scene, datetime | None], list[tuple[str, Place]]]


@dataclass(frozen=True, slots=True)
class Result:
    """Of one way of finding: by corridor, what it found, and the truth it is matched with."""

    places: Mapping[str, list[Place]]
    truths: Mapping[str, list[TrueCheckpoint]]
    matchings: Mapping[str, Matching]

    @property
    def scores(self) -> Scores:
        """All corridors together."""
        return sum((matching.scores for matching in self.matchings.values()), Scores(0, 0, 0))


def sections_of(scene: Scene) -> list[Section]:
    """Return the sections of the scenario's corridors, each once, in the order in which they are driven."""
    found: dict[str, Section] = {}
    for corridor_id in scene.scenario.corridors:
        for passage in scene.geography.get_corridor(corridor_id).passages:
            found.setdefault(passage.section.id, passage.section)
    return list(found.values())


def look(scene: Scene, until: datetime | None = None) -> list[Looked]:
    """Return what the rules find on each section, of what had happened and been told by `until`."""
    geography = scene.geography
    seen: Sequence[Sighting] = scene.sightings
    told = scene.told
    if until is not None:
        seen = [one for one in seen if one.fact.settled_at is not None and one.fact.settled_at <= until]
        told = [one for one in told if one.at_s <= until.timestamp()]
    return [
        look_at(section, geography.corridors, geography.hubs, scene.register, seen, told)
        for section in sections_of(scene)
    ]


def find_ours(scene: Scene, until: datetime | None = None) -> list[tuple[str, Place]]:
    """Return our findings as `(corridor, place)`."""
    return [
        placed
        for looked in look(scene, until)
        for finding in looked.findings
        if (placed := _placed(scene, finding)) is not None
    ]


def _placed(scene: Scene, finding: Finding) -> tuple[str, Place] | None:
    """Return a finding on the scenario's first corridor that passes it."""
    assert finding.section_id is not None
    assert finding.section_km is not None
    for corridor_id in scene.scenario.corridors:
        corridor = scene.geography.get_corridor(corridor_id)
        km = corridor.find_km(finding.section_id, finding.section_km)
        if km is not None:
            shift = km - (finding.km or 0.0)
            bounds = ((finding.from_km or 0.0) + shift, (finding.to_km or 0.0) + shift)
            return corridor_id, place_of(finding, km, bounds)
    return None


def compare(scene: Scene, found: Sequence[tuple[str, Place]]) -> Result:
    """Match what was found with the scenario's truth, corridor by corridor."""
    places: dict[str, list[Place]] = {corridor_id: [] for corridor_id in scene.scenario.corridors}
    for corridor_id, place in found:
        places[corridor_id].append(place)
    truths = {corridor_id: _truths(scene, corridor_id) for corridor_id in places}
    # A place that two corridors of the scenario pass is on the first of them, and so is its truth.
    return Result(places, truths, {name: match(places[name], truths[name]) for name in places})


def _truths(scene: Scene, corridor_id: str) -> list[TrueCheckpoint]:
    scenario = scene.scenario
    end = scenario.start + timedelta(days=scenario.days)
    found = []
    for index, one in enumerate(scenario.checkpoints):
        if one.listed:
            continue
        home, km = _home(scene, one.corridor, one.at_km)
        if home == corridor_id:
            halted = int(scene.truth["checkpoints"][index]["halted"])
            found.append(TrueCheckpoint(index, km, one.from_ or scenario.start, one.to or end, halted))
    return found


def _home(scene: Scene, corridor_id: str, km: float) -> tuple[str, float]:
    """Return the scenario's first corridor that passes a place of another, and the kilometre there."""
    passage = scene.geography.get_corridor(corridor_id).passage_at(km)
    for other in scene.scenario.corridors:
        at = scene.geography.get_corridor(other).find_km(passage.section.id, passage.on_section(km))
        if at is not None:
            return other, at
    return corridor_id, km


def detection_days(scene: Scene, step: timedelta = timedelta(hours=12)) -> dict[int, float]:
    """Return, by checkpoint, the days from its first halted coach to the first look that found it; looks every `step`."""
    scenario = scene.scenario
    began: dict[int, datetime] = {}
    for halt in scene.truth["halts"]:
        if (index := halt.get("checkpoint")) is not None:
            at = datetime.fromisoformat(halt["start"])
            began[index] = min(at, began.get(index, at))
    found: dict[int, float] = {}
    now = scenario.start + step
    while now <= scenario.start + timedelta(days=scenario.days):
        result = compare(scene, find_ours(scene, now))
        for corridor_id, matching in result.matchings.items():
            for truth, hit in zip(result.truths[corridor_id], matching.found, strict=True):
                if hit is not None and truth.index in began and truth.index not in found:
                    found[truth.index] = round((now - began[truth.index]).total_seconds() / 86400, 2)
        now += step
    return found


def summary(scene: Scene, results: Mapping[str, Result], days: Mapping[int, float]) -> dict[str, Any]:
    """Return what `corridor evaluate --json` prints: ours under `findings`, the baselines beside it."""
    ours = results["ours"].scores
    return {
        "scenario": scene.scenario.name,
        "seed": scene.scenario.seed,
        "findings": {KINDS[0]: ours.as_dict()},
        "detection_days": {
            "median": sorted(days.values())[len(days) // 2] if days else None,
            "by_checkpoint": {str(index): value for index, value in sorted(days.items())},
        },
        "baselines": {name: result.scores.as_dict() for name, result in results.items() if name != "ours"},
    }
