"""Invented journeys between Abidjan and Lagos, told as facts: into their tables and into what is derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from checkpoints.logged_dwell import LoggedDwell
from operators.companies import Operator, Vehicle
from operators.trip_sheets import TripSheet
from tests.dashboard.map_world import a_coach, a_crossing
from tracker.dwell_hours import DwellHours
from tracker.events import CrossingLogged
from tracker.fact_rows import TABLES, Changes, Sighting, fact_id
from tracker.fact_tables import CoachNow
from tracker.facts import BorderCrossing, Connection, Fact, Gap, Halt, SectionPass, TripRun
from tracker.geography import Geography
from tracker.hub_pairs import HubPairs
from tracker.section_hours import SectionHours
from tracker.slugs import plate_key


def hour_of(time: datetime) -> int:
    """Return the hours since 1970."""
    return int(time.timestamp() // 3600)


DERIVED = (SectionHours(), DwellHours(), HubPairs())


def tell(session: Session, operator_id: str, vehicle_id: str, facts: Iterable[Fact]) -> None:
    """Write facts as the engine would: their rows, and for settled ones what is derived from them."""
    sightings = [Sighting(vehicle_id, operator_id, fact) for fact in facts]
    for one in sightings:
        names = TABLES[type(one.fact)].model_fields.keys() & type(one.fact).__dataclass_fields__.keys()
        values = {name: getattr(one.fact, name) for name in names}
        if "remarks" in values:
            values["remarks"] = list(values["remarks"])
        hour = hour_of(one.fact.settled_at) if one.fact.settled_at else None
        row = TABLES[type(one.fact)](
            fact_id=fact_id(one), vehicle_id=vehicle_id, operator_id=operator_id, settled_hour=hour, **values
        )
        session.merge(row)
    session.flush()
    settled = Changes(added=[one for one in sightings if one.fact.settled_at])
    for projection in DERIVED:
        projection.take(session, settled)


def a_company(session: Session, operator_id: str, now: datetime, vehicles: Sequence[str], name: str = "") -> None:
    """Register a company, if it is not there yet, and coaches with plates."""
    if session.get(Operator, operator_id) is None:
        company = Operator(operator_id=operator_id, name=name or operator_id.upper(), country="CI", registered_at=now)
        session.add(company)
        session.flush()
    for number, vehicle_id in enumerate(vehicles):
        if session.get(Vehicle, vehicle_id) is None:
            plate = f"{1200 + number} {operator_id.upper()[:2]} 01"
            session.add(
                Vehicle(
                    vehicle_id=vehicle_id, operator_id=operator_id, license_plate=plate, plate_key=plate_key(plate),
                    registered_at=now,
                )
            )  # fmt: skip
    session.flush()


class Journey:
    """A coach that drives a corridor from one kilometre to another and stands where it is told; builds its facts.

    `stands`: (km, minutes) in the order of the drive; at a border the crossing is made of it.
    """

    def __init__(self, geography: Geography, corridor_id: str, trip_id: str, begin: datetime, from_km: float, to_km: float,
                 stands: Sequence[tuple[float, float]] = (), kmh: float = 60.0, declared: bool = True,
                 silence: tuple[float, float] | None = None, late: bool = False) -> None:  # fmt: skip
        self.geography, self.corridor = geography, geography.get_corridor(corridor_id)
        self.trip_id, self.begin, self.ends = trip_id, begin, (from_km, to_km)
        self.is_up, self.kmh, self.declared, self.late = to_km > from_km, kmh, declared, late
        self.silence = silence
        self.stands = sorted(stands, reverse=not self.is_up)

    def at(self, km: float, after: bool = True) -> datetime:
        """Return when the coach is at a kilometre, after or before standing there."""
        hours = abs(km - self.ends[0]) / self.kmh
        for place, minutes in self.stands:
            if (place < km or (place == km and after)) if self.is_up else (place > km or (place == km and after)):
                hours += minutes / 60
        return self.begin + timedelta(hours=hours)

    def facts(self, now: datetime) -> list[Fact]:
        """Return what is known of it at a moment."""
        start, end = self.ends
        done = self.at(end)
        found: list[Fact] = []
        halted = border = 0.0
        borders = {m.km: m for m in self.corridor.borders}
        for number, (km, minutes) in enumerate(self.stands):
            since, until = self.at(km, after=False), self.at(km)
            if since > now:
                continue
            stone = next((m for k, m in borders.items() if abs(k - km) < 2), None)
            over = until <= now
            post = (stone.exit_place if self.is_up else stone.entry_place) if stone else None
            found.append(
                Halt(
                    **self._seq(since, until if over else None, 100 + number * 10), latitude=self.corridor.point_at(km)[0],
                    longitude=self.corridor.point_at(km)[1], spread_m=12.0, fixes=max(2, round(minutes * 2)),
                    corridor_id=self.corridor.id, km=km, offset_m=20.0,
                    section_id=self.corridor.passage_at(km).section.id, country=self.corridor.country_at(km), post_id=post,
                )
            )  # fmt: skip
            seconds = (min(until, now) - since).total_seconds()
            halted += seconds
            if stone is not None:
                border += seconds
                found.append(self._crossing(stone, since, until, now))
        if self.silence:
            low, high = self.silence
            since, until = self.at(low), self.at(high, after=False)
            if since < now:
                heard = until if until < now else None
                gap = Gap(
                    **self._seq(since, heard, 900), kind="lost", corridor_id=self.corridor.id, from_km=low, to_km=high
                )
                found.append(gap)
        hubs: list[tuple[str, datetime]] = []
        for passage in self.corridor.passages:
            low, high = (passage.from_km, passage.to_km) if self.is_up else (passage.to_km, passage.from_km)
            inside = min(start, end) - 0.01 <= min(low, high) and max(low, high) <= max(start, end) + 0.01
            if inside and self.at(high) <= now:
                stood = [s for s in self.stands if min(low, high) <= s[0] <= max(low, high) and s[0] != low]
                found.append(
                    SectionPass(
                        **self._seq(self.at(low), self.at(high), 500), section_id=passage.section.id,
                        direction="up" if self.is_up != passage.is_reversed else "down", corridor_id=self.corridor.id,
                        length_km=passage.length_km, halted_s=sum(m for _, m in stood) * 60,
                        border_s=sum(m for k, m in stood if any(abs(k - b) < 2 for b in borders)) * 60,
                    )
                )  # fmt: skip
        for stone in self.corridor.milestones:
            if stone.kind == "hub" and min(start, end) <= stone.km <= max(start, end) and self.at(stone.km) <= now:
                hubs.append((stone.exit_place, self.at(stone.km)))
        hubs.sort(key=lambda hub: hub[1])
        for index, (origin, left) in enumerate(hubs):
            found += [
                Connection(
                    **self._seq(left, reached, 700), origin=origin, destination=goal, corridor_id=self.corridor.id,
                    halted_s=0.2 * (reached - left).total_seconds(), border_s=0.1 * (reached - left).total_seconds(),
                )
                for goal, reached in hubs[index + 1 :]
                if reached > left
            ]  # fmt: skip
        silent = sum((g.ended_at - g.started_at).total_seconds() for g in found if isinstance(g, Gap) and g.ended_at)
        over = done <= now
        near = [m for m in self.corridor.milestones if m.kind == "hub"]
        origin = min(near, key=lambda m: abs(m.km - start)).exit_place
        goal = min(near, key=lambda m: abs(m.km - end)).exit_place
        found.append(
            TripRun(
                **self._seq(self.begin, done if over else None, 10), trip_id=self.trip_id, declared=self.declared,
                corridor_id=self.corridor.id, direction="up" if self.is_up else "down", start_km=start,
                end_km=end if over else self.km(now), origin=origin, destination=goal, halted_s=halted, border_s=border,
                silent_s=silent, ending="arrived" if over else None,
            )
        )  # fmt: skip
        return found

    def km(self, now: datetime) -> float:
        """Return where it is at a moment."""
        start, end = self.ends
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            if self.at(start + (end - start) * middle, after=True) <= now:
                low = middle
            else:
                high = middle
        return start + (end - start) * low

    def now(self, session: Session, operator_id: str, vehicle_id: str, now: datetime, **more: Any) -> None:
        """Write where the coach is, into every table that says so."""
        km = self.km(now)
        place = self.corridor.point_at(km)
        standing = next(
            (self.at(k, after=False) for k, _ in self.stands if self.at(k, after=False) <= now < self.at(k)), None
        )
        a_coach(session, vehicle_id, operator_id, place, now, **more)
        session.merge(
            CoachNow(
                vehicle_id=vehicle_id, operator_id=operator_id, observed_at=now, latitude=place[0], longitude=place[1],
                corridor_id=self.corridor.id, km=km, direction="up" if self.is_up else "down",
                section_id=self.corridor.passage_at(km).section.id, country=self.corridor.country_at(km),
                trip_id=self.trip_id, standing_since=standing,
            )
        )  # fmt: skip

    def _crossing(self, stone: Any, since: datetime, until: datetime, now: datetime) -> BorderCrossing:
        exit_post, entry_post = (
            (stone.exit_place, stone.entry_place) if self.is_up else (stone.entry_place, stone.exit_place)
        )
        line = since + (until - since) * 0.6
        crossed = until <= now
        return BorderCrossing(
            **self._seq(since, until if crossed else None, 300), corridor_id=self.corridor.id, exit_post=exit_post,
            entry_post=entry_post, km=stone.km, state="crossed" if crossed else "under_way", basis="fences",
            line_at=line if line <= now else None, exit_arrived_at=since, exit_left_at=line if line <= now else None,
            entry_arrived_at=line if line <= now else None, entry_left_at=until if crossed else None,
            exit_s=(line - since).total_seconds() if line <= now else None,
            entry_s=(until - line).total_seconds() if crossed else None,
        )  # fmt: skip

    def _seq(self, since: datetime, until: datetime | None, number: int) -> dict[str, Any]:
        settled = until + timedelta(minutes=3) if until else None
        times = {"started_at": since, "ended_at": until, "settled_at": settled, "late": self.late}
        return {**times, "first_seq": number, "last_seq": number + 7}


def a_sheet(session: Session, operator_id: str, trip_id: str, vehicle_id: str, at: datetime, **more: Any) -> None:
    """Declare a trip with manifest, seal and grouped control."""
    said = {
        "corridor_id": "ABJ-LOS", "origin": "abidjan", "destination": "lagos", "seal_number": "S-4711", "in_order": True,
        "manifest": {"passengers": 52, "minors": 4, "by_nationality": {"own": 20, "ecowas_aes": 30, "other": 2}},
        "grouped_control": {
            "started_at": (at - timedelta(minutes=50)).isoformat(), "ended_at": (at - timedelta(minutes=12)).isoformat(),
            "agencies": ["police", "customs"], "outcome": "clear",
        },
    }  # fmt: skip
    row: dict[str, Any] = {"departed_at": at, "declared_at": at - timedelta(hours=2), "first_seq": 1, "last_seq": 2}
    row["said"] = said
    session.add(
        TripSheet(
            operator_id=operator_id,
            trip_id=trip_id,
            vehicle_id=vehicle_id,
            corridor_id="ABJ-LOS",
            **row | more,
        )
    )


def log(
    session: Session, seq: int, post: str, way: str, agency: str, arrived: datetime, dwell: timedelta, vehicle: str
) -> None:
    """Log a crossing at a post: its row, and the dwell derived from it."""
    a_crossing(session, seq, post, way, arrived, dwell, agency=agency, vehicle_id=vehicle)
    event = CrossingLogged(
        seq=seq, message_id=str(seq), observed_at=arrived, sent_at=arrived, received_at=arrived + dwell,
        post_id=post, agency=agency,
        body={"direction": way, "released_at": (arrived + dwell).isoformat()},
    )  # fmt: skip
    LoggedDwell().apply(session, [event])
