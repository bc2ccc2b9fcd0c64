"""One scenario from its file to its scores: what `corridor evaluate` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from checkpoints.findings import Finding
from checkpoints.unlisted import Looked, look_at
from dashboard.evaluation.calibration import brier, reliability
from dashboard.evaluation.matching import Matching, Place, Scores, TrueCheckpoint, match, place_of
from dashboard.evaluation.scene import Scene
from tracker.fact_rows import Sighting
from tracker.sections import Section

SPOT_KM = 1.0  # a place that was looked at and a true one so near it are the same
KINDS = ("unlisted_checkpoint", "en_route_control")
Find = Callable[[Scene, datetime | None], list[tuple[str, Place]]]


@dataclass(frozen=True, slots=True)
class Result:
    """Of one way of finding: by corridor, what it found, and the truth it is matched with."""

    places: Mapping[str, list[Place]]
    truths: Mapping[str, list[TrueCheckpoint]]
    matchings: Mapping[str, Matching]

    @property
    def judged(self) -> list[tuple[float, bool]]:
        """How sure each finding is, and whether it is right."""
        return [
            (place.confidence, right)
            for corridor_id, matching in self.matchings.items()
            for place, right in zip(self.places[corridor_id], matching.right, strict=True)
        ]

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
    return found_in(scene, look(scene, until))


def found_in(scene: Scene, looks: Sequence[Looked]) -> list[tuple[str, Place]]:
    """Return the findings of looks as `(corridor, place)`."""
    return [
        placed for looked in looks for finding in looked.findings if (placed := _placed(scene, finding)) is not None
    ]


def judged_spots(scene: Scene, looks: Sequence[Looked], truths: Result) -> list[tuple[float, bool]]:
    """Return how sure every place is that was looked at, named or not, and whether a true checkpoint stood there then."""
    found = []
    for section, looked in zip(sections_of(scene), looks, strict=True):
        for spot, judgement in looked.spots:
            corridor_id, km = _home(scene, section, spot.km)
            start, end = min(one.start_s for one in spot.stands), max(one.end_s for one in spot.stands)
            found.append(
                (
                    judgement.confidence,
                    any(
                        abs(truth.km - km) <= SPOT_KM
                        and truth.started_at.timestamp() <= end
                        and start <= truth.ended_at.timestamp()
                        for truth in truths.truths.get(corridor_id, ())
                    ),
                )
            )
    return found


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
        passage = scene.geography.get_corridor(one.corridor).passage_at(one.at_km)
        home, km = _home(scene, passage.section, passage.on_section(one.at_km))
        if home == corridor_id:
            halted = int(scene.truth["checkpoints"][index]["halted"])
            found.append(TrueCheckpoint(index, km, one.from_ or scenario.start, one.to or end, halted))
    return found


def _home(scene: Scene, section: Section, section_km: float) -> tuple[str, float]:
    """Return the scenario's first corridor that passes a place of a section, else the section's own; and the kilometre."""
    corridors = (scene.geography.get_corridor(name) for name in (*scene.scenario.corridors, section.defined_by))
    places = ((corridor.id, corridor.find_km(section.id, section_km)) for corridor in corridors)
    return next((name, km) for name, km in places if km is not None)


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
        "calibration": {
            "brier": brier(results["ours"].judged),
            "bins": [asdict(one) for one in reliability(results["ours"].judged)],
        },
        "baselines": {name: result.scores.as_dict() for name, result in results.items() if name != "ours"},
    }
