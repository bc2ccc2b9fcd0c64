"""A halt as a fact, from what the step `halts` remembers of it: where it lay, how far it crept, at which post.

What it remembers: `places`, those of its fixes thinned evenly (latitude, longitude, corridor, kilometre, metres off the
line); `began` and `inside`, its first and last fix; and what the fact carries itself.
"""

from __future__ import annotations

from statistics import median

from tracker.border_places import post_of_halt
from tracker.countries import country_at
from tracker.facts import Halt, moment
from tracker.geo import plane_m
from tracker.steps import Memory, World

KEPT_PLACES = 48  # places remembered of a halt, thinned evenly as it goes on
TREMBLE_M = 60.0  # a receiver that stands says that much


def merged(halt: Memory, stand: Memory) -> Memory:
    """Return a halt that goes on with one more stand."""
    places, stride = halt["places"] + stand["places"], max(halt["stride"], stand["stride"])
    while len(places) > KEPT_PLACES:
        places, stride = places[::2], stride * 2
    return stand | {
        "start_s": halt["start_s"],
        "first_seq": halt["first_seq"],
        "late": halt["late"] or stand["late"],
        "fixes": halt["fixes"] + stand["fixes"],
        "unheard_s": max(halt["unheard_s"], stand["unheard_s"]),
        "began": halt["began"],
        "places": places,
        "stride": stride,
    }


def make_halt(halt: Memory, world: World, settled_s: float | None) -> Halt:
    """Return the fact. `settled_s`: the time of the fix that settled it, None while it is under way."""
    places = halt["places"]
    latitudes, longitudes = [p[0] for p in places], [p[1] for p in places]
    latitude, longitude = median(latitudes), median(longitudes)
    spread = _ninth_tenth([plane_m(latitude, longitude, p[0], p[1]) for p in places])
    on = [p for p in places if p[2] is not None]
    corridor = world.geography.find_corridor(on[-1][2]) if on else None
    km = offset = section = None
    if corridor is not None:
        same = [p for p in on if p[2] == corridor.id]
        km, offset = median(p[3] for p in same), median(p[4] for p in same)
        section = corridor.passage_at(km).section.id if corridor.passages else None
    creep_m = plane_m(*halt["began"], *halt["inside"][1:3])
    creep_m = round(creep_m, 1) if creep_m > TREMBLE_M else 0.0  # less is what the receiver trembles
    start = moment(halt["start_s"])
    country = country_at(latitude, longitude)
    return Halt(
        started_at=start,
        ended_at=None if settled_s is None else moment(halt["end_s"]),
        settled_at=None if settled_s is None else moment(settled_s),
        first_seq=halt["first_seq"],
        last_seq=halt["last_seq"],
        late=halt["late"],
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        spread_m=round(spread, 1),
        fixes=halt["fixes"],
        creep_m=creep_m,
        unheard_s=halt["unheard_s"],
        corridor_id=corridor.id if corridor else None,
        km=None if km is None else round(km, 3),
        offset_m=None if offset is None else round(offset, 1),
        section_id=section,
        country=country,
        post_id=post_of_halt(world, corridor, km, latitude, longitude, country, start.date(), creep_m),
    )


def _ninth_tenth(values: list[float]) -> float:
    """Return the 90th percentile, between the two nearest; numpy's own takes ten times as long for a few dozen numbers."""
    values.sort()
    place = 0.9 * (len(values) - 1)
    below = int(place)
    after = values[min(below + 1, len(values) - 1)]
    return values[below] + (after - values[below]) * (place - below)
