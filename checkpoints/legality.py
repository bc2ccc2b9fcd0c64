"""Legality: what the law of the state, and what the mechanism, says of a stop. Two laws, two answers, each of a day. Pure.

`national_status` asks the dated register: may a control stand there? `mechanism_status` asks the mechanism's own rule (one
grouped control at departure, one at each border post of entry). An Ivorian barrier can be authorised nationally and still
lie outside the mechanism. Nothing here says *illegal*: only an act of the competent authority confirms that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from checkpoints.agencies import NOT_OF_A_STATE, find_fault
from checkpoints.control_points import Act, ControlPoint, Register, Stretch
from checkpoints.control_stops import ControlStop, Formality
from tracker.validity import holding, holds

NationalStatus = Literal["authorised", "uncertain", "unlisted", "no_register", "confirmed_unauthorised"]
MechanismStatus = Literal["grouped_departure", "border_entry", "border_exit", "en_route"]

# How many posts an authorised place may have where its act gives no number: one; at a town whose entries and exits the
# act speaks of, one at each of its two ends on a road.
POSTS_ALLOWED: Mapping[str, int] = {"point": 1, "town_entries_exits": 2}


@dataclass(frozen=True, slots=True)
class Unauthorised:
    """An act or letter of the competent authority that names a place where nobody may stop coaches."""

    act: str
    stretch: Stretch
    agency: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class National:
    """The answer of the state's law. `reasons` are codes; `points` and `act` are what it rests on."""

    status: NationalStatus
    reasons: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    act: str | None = None


def national_status(
    register: Register,
    corridor_id: str | None,
    km: float | None,
    country: str | None,
    on: date,
    agency: str | None = None,
    doubt_km: float = 0.0,
    post_id: str | None = None,
    unauthorised: Sequence[Unauthorised] = (),
) -> National:
    """Return whether a control by an agency at a kilometre is authorised on a day, as far as the register knows.

    `doubt_km` is how far the place may be off: only a place that is outside an authorised one by more than that is
    unlisted. Reasons: `border_post`, `authority_act`, `not_on_corridor`, `not_of_a_state`, `place_in_doubt`,
    `source_in_doubt`, `act_of_another_agency`, `agency_not_in_country`, `unknown_agency`, `no_act_known`.
    """
    fault = find_fault(agency, country, on) if agency else None
    noted = (fault.code,) if fault else ()
    who = None if fault or agency in (None, "unknown", "joint") else agency
    if corridor_id is not None and km is not None:
        for act in holding(unauthorised, on):
            if act.stretch.holds(corridor_id, km) and act.agency in ("", who):
                return National("confirmed_unauthorised", (*noted, "authority_act"), act=act.act)
    stranger = who in NOT_OF_A_STATE
    if (post_id is not None and not stranger) or corridor_id is None or km is None:
        if post_id is not None and not stranger:
            return National("authorised", (*noted, "border_post"))
        return National("uncertain", (*noted, "not_on_corridor"))
    sure, near = _points(register, corridor_id, km, on, doubt_km)
    acts = _acts(register, country, corridor_id, km, on)
    if not stranger and (sure or near):
        return _at_point(register, sure, near, who, noted)
    return _off_the_list(acts, who, (*noted, "not_of_a_state") if stranger else noted)


def _off_the_list(acts: list[Act], who: str | None, noted: tuple[str, ...]) -> National:
    own = [act for act in acts if _speaks_of(act, who)]
    if own:
        return National("unlisted", noted, act=own[0].id)
    if acts:  # the act settles another agency's barriers, and says nothing of this one's
        return National("no_register", (*noted, "act_of_another_agency"), act=acts[0].id)
    return National("no_register", (*noted, "no_act_known"))


def _points(
    register: Register, corridor_id: str, km: float, on: date, doubt_km: float
) -> tuple[list[ControlPoint], list[ControlPoint]]:
    """Return the points that hold a kilometre, and those that might, given the doubt about it."""
    sure, near = [], []
    for point in register.control_points_on(on):
        for stretch in point.stretches:
            if stretch.holds(corridor_id, km):
                sure.append(point)
                break
            if any(stretch.holds(corridor_id, km + off) for off in (-doubt_km, doubt_km)):
                near.append(point)
                break
    return sure, near


def _at_point(
    register: Register, sure: list[ControlPoint], near: list[ControlPoint], who: str | None, noted: tuple[str, ...]
) -> National:
    points = sure or near
    names = tuple(point.id for point in points)
    speaking = [p for p in points if p.act_id not in register.acts or _speaks_of(register.acts[p.act_id], who)]
    if not speaking:
        return National("uncertain", (*noted, "act_of_another_agency"), names, points[0].act_id)
    if not sure:
        return National("uncertain", (*noted, "place_in_doubt"), names, points[0].act_id)
    certain = [point for point in speaking if point.status == "authorised"]
    if certain:
        return National("authorised", noted, names, certain[0].act_id)
    return National("uncertain", (*noted, "source_in_doubt"), names, speaking[0].act_id)


def _acts(register: Register, country: str | None, corridor_id: str, km: float, on: date) -> list[Act]:
    """Return every act that settles where controls may stand there on that day, by id."""
    found = []
    for act in register.acts.values():
        by_country = act.covers_country and act.country == country
        by_road = country in (None, act.country) and any(s.holds(corridor_id, km) for s in act.stretches)
        if holds(act, on) and (by_country or by_road):
            found.append(act)
    return sorted(found, key=lambda act: act.id)


def _speaks_of(act: Act, who: str | None) -> bool:
    """Say whether an act speaks of an agency; of one that is not known only an act for all does."""
    return not act.agency or act.agency == who


def mechanism_status(formality: Formality | None) -> MechanismStatus:
    """Return what a stop is to the mechanism; *en route* is outside of it.

    Where the two sides of a border cannot be told apart, the stop is taken for the entry that the mechanism allows.
    """
    by_formality: Mapping[Formality | None, MechanismStatus] = {
        "departure": "grouped_departure",
        "entry": "border_entry",
        "unsplit": "border_entry",
        "exit": "border_exit",
    }
    return by_formality.get(formality, "en_route")


def status_of_stop(
    register: Register, stop: ControlStop, agency: str | None = None, unauthorised: Sequence[Unauthorised] = ()
) -> National:
    """Return `national_status` of a stop, for one of its agencies or for whoever stood there."""
    place = stop.place
    return national_status(
        register, place.corridor_id, place.km, place.country, stop.started_at.date(), agency, place.doubt_km,
        place.post_id, unauthorised,
    )  # fmt: skip


WORST: tuple[NationalStatus, ...] = ("confirmed_unauthorised", "unlisted", "uncertain", "no_register", "authorised")


def statuses_of(
    register: Register, stop: ControlStop, unauthorised: Sequence[Unauthorised] = ()
) -> tuple[National, Mapping[str, National]]:
    """Return what the register says of a stop as a whole (its gravest answer), and of each of its agencies."""
    by_agency = {c.agency: status_of_stop(register, stop, c.agency, unauthorised) for c in stop.controls}
    answers = list(by_agency.values()) or [status_of_stop(register, stop, None, unauthorised)]
    return min(answers, key=lambda one: WORST.index(one.status)), by_agency


def distinct_places(kilometres: Iterable[float], apart_km: float = 1.0) -> list[list[float]]:
    """Return kilometres gathered into places: a new place begins `apart_km` or more after the first of the one before.

    A place is therefore never wider than `apart_km`, so a row of barriers is not taken for one long barrier.
    """
    places: list[list[float]] = []
    for km in sorted(kilometres):
        if places and km - places[-1][0] < apart_km:
            places[-1].append(km)
        else:
            places.append([km])
    return places
