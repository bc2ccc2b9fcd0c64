"""What a run of one coach adds to a batch: hours, memory, facts, and where the coach is now, or that it is set aside."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import structlog

from tracker.coach_runs import NOW, Run
from tracker.coach_store import Batch, KnownCoach
from tracker.countries import country_at
from tracker.fact_rows import TABLES, Sighting
from tracker.facts import Fact, Halt, RefusedFixes, TripRun, moment
from tracker.steps import World
from tracker.tracks import Track, said_memory

STEP_FAILED = "step_failed"
log = structlog.get_logger(__name__)


def set_aside(batch: Batch, whose: tuple[str, str], new: Track | None, fault: Exception) -> None:
    """Count the new fixes of a coach (`whose`: vehicle and operator) as not used, because a step failed over them.

    They stay in the log: when the step is mended, making the projection anew takes them in.
    """
    vehicle_id, operator_id = whose
    log.error("coach_set_aside", vehicle_id=vehicle_id, fault=repr(fault), exc_info=fault)
    for hour, track in () if new is None else new.hours():
        batch.refused[vehicle_id, hour, STEP_FAILED, operator_id] += len(track.records)


def gather(
    batch: Batch,
    whose: tuple[str, str],
    run: Run,
    coach: KnownCoach | None,
    newest_us: int,
    world_of: Callable[[int], World],
) -> None:
    """Add to the batch what the run of a coach (`whose`: vehicle and operator) gave. `coach`: as it was before."""
    vehicle_id, operator_id = whose
    batch.taken_back += [(vehicle_id, start, end) for start, end in run.taken_back]
    for hour, stored in run.hours.items():
        batch.tracks.append((vehicle_id, hour, *stored.track.row(), stored.memory_before))
    for hour, fact in run.settled:
        if isinstance(fact, RefusedFixes):
            batch.refused[vehicle_id, hour, fact.reason, operator_id] += fact.count
        else:
            batch.settled.append((hour, Sighting(vehicle_id, operator_id, fact)))
    if run.memory is None:
        if coach is not None and newest_us > coach.newest_us:
            batch.memories.append((vehicle_id, operator_id, newest_us, coach.memory, coach.under_way))
        return
    under_way = list(dict.fromkeys(fact for fact in run.under_way if type(fact) in TABLES))
    newest: dict[str, Any] = run.memory[NOW]
    digest = blake2b(repr((newest, under_way)).encode(), digest_size=8).hexdigest()
    batch.memories.append((vehicle_id, operator_id, newest_us, said_memory(run.memory), digest))
    if coach is None or coach.under_way != digest:
        batch.under_way += [Sighting(vehicle_id, operator_id, fact) for fact in under_way]
        batch.nows[vehicle_id] = _row(whose, newest, under_way, world_of) if newest else None


def _row(
    whose: tuple[str, str], newest: dict[str, Any], under_way: list[Fact], world_of: Callable[[int], World]
) -> tuple[Any, ...]:
    """Return the row of `CoachNow`."""
    trip = next((fact for fact in under_way if isinstance(fact, TripRun)), None)
    halt = next((fact for fact in under_way if isinstance(fact, Halt)), None)
    section_id = direction = None
    if newest["corridor"] is not None:
        corridor = world_of(int(newest["at_s"] // 3600)).geography.get_corridor(newest["corridor"])
        section_id = corridor.passage_at(newest["km"]).section.id if corridor.passages else None
        direction = trip.direction if trip is not None and trip.corridor_id == corridor.id else None
    return (
        *whose,
        moment(newest["at_s"]),
        newest["latitude"],
        newest["longitude"],
        newest["corridor"],
        newest["km"],
        direction,
        section_id,
        country_at(newest["latitude"], newest["longitude"]),
        None if trip is None else trip.trip_id,
        None if halt is None else halt.started_at,
    )
