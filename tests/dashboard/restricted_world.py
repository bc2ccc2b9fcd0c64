"""Coaches of two companies planted inside restricted sections and beside them, each with marks that no other thing carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import NAMESPACE_OID, uuid5

import orjson
from sqlmodel import Session

from checkpoints.flags import Flag, FlagEvidence
from checkpoints.trip_accounts import refresh as refresh_accounts
from operators.companies import Vehicle
from telemetry.dead_letter import NewLetter
from telemetry.device import Device, DeviceRefusal
from tests.dashboard.journey_site import reconcile_all
from tests.dashboard.journey_world import Journey, a_company, a_sheet, log, tell
from tests.dashboard.map_world import a_control, a_silence, an_incident
from tracker.atlas import Atlas
from tracker.database import Database
from tracker.errors import Reason
from tracker.gazetteer import SectionSecurityRecord
from tracker.geography import Geography
from tracker.log import Entry, append
from tracker.restrictions import Restrictions
from tracker.security import compiled

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# The road from Abidjan to the border at Noé, whose post lies in it, and a stretch in the middle of the corridor.
AT_THE_BORDER, IN_THE_MIDDLE = "CI-noe--abidjan", "accra--akatsi"
INSIDE = (AT_THE_BORDER, IN_THE_MIDDLE)
FRESH, OLD = 3 * HOUR, 200 * HOUR
KINDS = ("unlisted_checkpoint", "illicit_payment", "excess_controls", "border_delay", "manifest_mismatch")


def written_in(times: Iterable[datetime]) -> set[str]:
    """Return moments as they may be written."""
    return {written for at in times for written in _written(at)}


def said(
    section_id: str, since: date | None = None, until: date | None = None, status: str = "restricted"
) -> SectionSecurityRecord:
    """Return a status with a source."""
    return SectionSecurityRecord(
        section_id=section_id, status=status, source="an act", source_on=date(2026, 1, 1), valid_from=since or date(2026, 1, 1),
        valid_to=until,
    )  # fmt: skip


def restrictions_on(geography: Geography, now: datetime, *sections: str) -> Restrictions:
    """Return what is restricted when these sections are."""
    return compiled([said(name) for name in sections], geography, now)


@dataclass
class Marks:
    """What betrays what one company's coaches did inside. `ids` name things that were inside only."""

    places: list[tuple[float, float]] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    logged: list[datetime] = field(default_factory=list)  # written down by the post itself
    untold: list[tuple[float, float]] = field(default_factory=list)  # places that are told to nobody
    across: list[datetime] = field(default_factory=list)  # at the post across the border
    beside: list[datetime] = field(default_factory=list)  # what the same coaches did outside: no mark, to the minute

    def texts(self) -> set[str]:
        """Return every way in which they may be written: degrees to three decimals or more, minutes, seconds."""
        found = set(self.ids)
        for place in self.places:
            for degrees in place:
                found |= {f"{degrees:.{digits}f}" for digits in (3, 4, 5, 6)} | {f"{degrees:.6f}"[:-3]}
        return found | written_in(at for at in (*self.times, *self.across) if at.minute)

    def minutes(self) -> set[str]:
        """Return every minute of which this company tells anything, as it may be written."""
        return written_in([*self.times, *self.logged, *self.across, *self.beside])


def _written(at: datetime) -> tuple[str, ...]:
    return at.strftime("%Y-%m-%dT%H:%M"), at.strftime("%Y-%m-%d %H:%M"), str(int(at.timestamp()))


def plant(
    database: Database, session: Session, geography: Geography, now: datetime, operator_id: str, shift: float
) -> Marks:
    """Plant one company's coaches; `shift` (kilometres, and as minutes) keeps the marks of two companies apart."""
    marks = Marks()
    names = {name: f"{operator_id}-{name}" for name in ("in", "was", "thru", "out", "now", "edge")}
    a_company(session, operator_id, now, list(names.values()))
    for name in ("in", "was"):
        vehicle = session.get(Vehicle, names[name])
        assert vehicle is not None
        vehicle.license_plate = f"7{name.upper()}{operator_id.upper()}7"
        marks.ids += [names[name], vehicle.license_plate]
    corridor = geography.get_corridor("ABJ-LOS")

    def inside(km: float, *times: datetime) -> tuple[float, float]:
        place = corridor.point_at(km)
        marks.places.append(place)
        marks.times.extend(times)
        return place

    seq = int(shift * 1000)
    for name, ago in (("in", FRESH), ("was", OLD)):
        # Begun inside, and never out of it: nothing of the trip is anybody else's.
        km, coach, trip = 60.0 + shift, names[name], f"T-{operator_id}-{name}"
        marks.ids.append(trip)
        begin = now - ago - shift * MINUTE
        stands = [(km + 20, 17.0), (km + 41, 23.0)]
        drive = Journey(geography, "ABJ-LOS", trip, begin, km, km + 90, stands, kmh=40.0 if ago is FRESH else 70.0)
        tell(session, operator_id, coach, drive.facts(now))
        for at_km, _ in stands:
            if drive.at(at_km) < now:
                inside(at_km, drive.at(at_km), drive.at(at_km, after=False))
        marks.times += [begin, drive.at(drive.ends[1])]
        if ago is FRESH:
            drive.now(session, operator_id, coach, now)
            inside(drive.km(now))
        for number, agency in enumerate(("police", "military", "armed_group")):
            at = begin + (31 + number * 7) * MINUTE
            place = inside(km + 3 + number, at, at + 6 * MINUTE)
            a_control(session, seq := seq + 1, operator_id, place, at, vehicle_id=coach, agency=agency)
        at = begin + 61 * MINUTE
        an_incident(
            session, seq := seq + 1, operator_id, inside(km + 11, at), at, vehicle_id=coach, incident_type="insecurity"
        )
        at = begin + 65 * MINUTE
        marks.untold.append(inside(km + 12, at))
        kinds = ["verbal_abuse"]
        an_incident(session, seq := seq + 1, operator_id, marks.untold[-1], at, vehicle_id=coach, harassment=kinds)
        # It was at the post that lies in the section, by positions and by the post's log.
        stone = corridor.borders[0]
        cross = Journey(
            geography,
            "ABJ-LOS",
            f"{trip}-x",
            begin - 8 * HOUR,
            stone.km - 40,
            stone.km + 1,
            [(stone.km, 37.0)],
            kmh=61.0,
        )
        tell(session, operator_id, names["edge"], cross.facts(now))
        marks.ids.append(f"{trip}-x")
        since = cross.at(stone.km, after=False)
        marks.times.append(since)
        marks.logged += [since, since + 29 * MINUTE]
        # What positions tell of the post on the other side is for those who serve there; so near, it tells when it came out.
        marks.across += [since + 37 * MINUTE * 0.6, since + 37 * MINUTE]
        marks.times.append(cross.at(cross.ends[1]))
        log(session, seq := seq + 1, stone.exit_place, "exit", "customs", since, 29 * MINUTE, names["edge"])
        _flags(
            database,
            session,
            marks,
            operator_id,
            coach,
            corridor.point_at(km + 33),
            km + 33,
            begin,
            f"{operator_id}{name}",
        )
        for gone in range(3):
            a_silence(session, f"{coach}-{gone}", "lost", km + 30, km + 52, begin)
    # Through the section in the middle and out again: what it did there is a gap.
    middle = corridor.find_passage(IN_THE_MIDDLE)
    assert middle is not None
    for ago in (FRESH + 9 * HOUR, OLD):
        begin = now - ago - shift * MINUTE
        stands = [(middle.from_km - 50, 9.0), (middle.from_km + 40 + shift, 19.0), (middle.to_km + 30, 8.0)]
        trip = f"T-{operator_id}-through-{int(ago / HOUR)}"
        drive = Journey(geography, "ABJ-LOS", trip, begin, middle.from_km - 100, middle.to_km + 120, stands, kmh=66.0)
        tell(session, operator_id, names["thru"], drive.facts(now))
        a_sheet(
            session,
            operator_id,
            trip,
            names["thru"],
            begin,
            said=_sheet(shift),
            first_seq=seq,
            last_seq=(seq := seq + 1),
        )
        marks.beside += [begin, begin - 2 * HOUR, begin - 50 * MINUTE, begin - 12 * MINUTE, drive.at(drive.ends[1])]
        marks.beside += [drive.at(km, after) for km, _ in (stands[0], stands[2]) for after in (True, False)]
        marks.times += [drive.at(km) for km in (middle.from_km, middle.to_km)]  # when it went in, and came out
        at = drive.at(stands[1][0], after=False)
        place = inside(stands[1][0], at, drive.at(stands[1][0]))
        a_control(
            session, seq := seq + 1, operator_id, place, at + 2 * MINUTE, vehicle_id=names["thru"], agency="military"
        )
        marks.times.append(at + 2 * MINUTE)
    # Declared to leave from the hub at which the section begins: when it left is when it went in.
    trip = f"T-{operator_id}-hub"
    said = {"corridor_id": "ABJ-LOS", "origin": "accra", "destination": "cotonou"}
    a_sheet(session, operator_id, trip, names["thru"], begin, said=said, first_seq=seq, last_seq=(seq := seq + 1))
    marks.ids.append(trip)
    marks.ids.append(f'"passengers": {9000 + int(shift)}')
    marks.ids.append(f'"passengers":{9000 + int(shift)}')
    marks.ids.append(f">{9000 + int(shift)} ")
    # Under way, and inside now: the trip is known, where it is not.
    begin = now - 4 * HOUR - shift * MINUTE
    drive = Journey(
        geography, "ABJ-LOS", f"T-{operator_id}-now", begin, middle.from_km - 160, middle.to_km + 60, kmh=60.0
    )
    tell(session, operator_id, names["now"], drive.facts(now))
    drive.now(session, operator_id, names["now"], now)
    assert middle.from_km < drive.km(now) < middle.to_km
    inside(drive.km(now))
    marks.ids.append(f"{drive.km(now):.1f}")
    # When its device was heard of last is where it fell silent.
    heard = now - (11 + shift) * MINUTE
    marks.times.append(heard)
    session.add(a_device(operator_id, names["now"], heard))
    session.add(
        DeviceRefusal(device_id=f"d-{operator_id}", code="not_allowed", topic="x", first_at=heard, last_at=heard)
    )
    marks.beside += [begin, now - 2 * HOUR]
    # A finding about one coach as it came out: the place is told, neither coach nor minute.
    at, km = drive.at(middle.to_km), middle.to_km + 4
    flag = Flag(
        flag_id=beside_flag(operator_id), rule="excess_controls", kind="excess_controls", severity="high", confidence=0.9,
        first_seen_at=at, last_seen_at=at + 6 * MINUTE, detected_at=at, changed_at=at, country="GH", corridor_id="ABJ-LOS",
        section_id="GH-aflao--akatsi", km=km, vehicle_id=names["thru"], operator_id=operator_id, counts={}, grounds=[],
    )  # fmt: skip
    session.add(flag)
    session.flush()
    session.add(
        FlagEvidence(
            flag_id=flag.flag_id, number=0, kind="halt", ref="h", vehicle_id=names["thru"], operator_id=operator_id,
            started_at=at, ended_at=at + 6 * MINUTE, first_seq=1, last_seq=1,
        )
    )  # fmt: skip
    # Across a border far from it: anybody who may see crossings sees this one.
    stone, begin = corridor.borders[-1], now - 70 * HOUR - shift * MINUTE
    span = stone.km - 40, stone.km + 1
    drive = Journey(geography, "ABJ-LOS", f"T-{operator_id}-free", begin, *span, [(stone.km, 31.0)], kmh=61.0)
    tell(session, operator_id, names["out"], drive.facts(now))
    since = drive.at(stone.km, after=False)
    marks.beside += [begin, since, since + 31 * MINUTE * 0.6, since + 31 * MINUTE, drive.at(drive.ends[1])]
    # Beside it: anybody who may see coaches sees this one.
    drive = Journey(geography, "ABJ-LOS", f"T-{operator_id}-out", now - 2 * HOUR, 380.0 + shift, 560.0, kmh=50.0)
    tell(session, operator_id, names["out"], drive.facts(now))
    drive.now(session, operator_id, names["out"], now)
    return marks


def beside_flag(operator_id: str) -> str:
    """Return the id of the planted flag that lies just beside a section."""
    return str(uuid5(NAMESPACE_OID, f"{operator_id}-beside"))


def derive(session: Session) -> None:
    """Make what is made of facts: reconciled crossings, accounts of trips."""
    refresh_accounts(session, reconcile_all(session), Atlas())


def letter_of(operator_id: str, coach: str, place: tuple[float, float], at: datetime) -> NewLetter:
    """Return a refused position."""
    raw = {"observed_at": at.isoformat(), "latitude": place[0], "longitude": place[1], "speed_mps": "fast"}
    reason = Reason("not_a_number", "speed_mps", {})
    return NewLetter("position", "http", at, None, "", f"vehicles/{operator_id}/{coach}", (reason,), raw, True)


def a_device(operator_id: str, coach: str, heard: datetime) -> Device:
    """Return the device of a coach, with its last word and the last refusal of it."""
    return Device(
        device_id=f"d-{operator_id}", kind="fitted", operator_id=operator_id, vehicle_id=coach, mqtt_hash="",
        token_hash=sha256(coach.encode()).digest(), revision=1, created_at=heard - 900 * HOUR, last_heard_at=heard,
        refused_count=1, last_refusal_codes="not_a_number", last_refusal_at=heard,
    )  # fmt: skip


def _sheet(shift: float) -> dict[str, object]:
    return {
        "corridor_id": "ABJ-LOS", "origin": "takoradi", "destination": "cotonou", "in_order": True,
        "manifest": {"passengers": 9000 + int(shift), "minors": 4},
    }  # fmt: skip


def _flags(
    database: Database,
    session: Session,
    marks: Marks,
    operator_id: str,
    coach: str,
    place: tuple[float, float],
    km: float,
    begin: datetime,
    name: str,
) -> None:
    """Raise flags inside, with raw messages behind them."""
    marks.places.append(place)
    for number, kind in enumerate(KINDS):
        at = begin + (80 + number) * MINUTE
        marks.times += [at, at + 30 * MINUTE]
        body = orjson.dumps(
            {"observed_at": at.isoformat(), "latitude": place[0], "longitude": place[1], "reason": f"MARK{name}"}
        )
        flag_id = str(uuid5(NAMESPACE_OID, f"{name}-{kind}"))
        append(
            database, session,
            [
                Entry(
                    uuid5(NAMESPACE_OID, f"{name}{kind}"), f"vehicles/{operator_id}/{coach}", "position", "d", "http", at, at, at,
                    body, sha256(body).digest(),
                )
            ],
        )  # fmt: skip
        seq = session.connection().exec_driver_sql("select max(seq) from message_log").scalar_one()
        where = {"post_id": "CI-noe"} if kind == "border_delay" else {"latitude": place[0], "longitude": place[1], "km": km,
                 "corridor_id": "ABJ-LOS", "section_id": AT_THE_BORDER, "from_km": km - 1, "to_km": km + 1}  # fmt: skip
        session.add(
            Flag(
                flag_id=flag_id, rule=kind, kind=kind, severity="high", confidence=0.9, first_seen_at=at,
                last_seen_at=at + 30 * MINUTE, detected_at=at + 30 * MINUTE, changed_at=at + 30 * MINUTE, country="CI",
                agency="police", vehicle_id=coach, operator_id=operator_id, counts={"halts": 6, "coaches": 4, "operators": 3},
                hours=[4.0, 9.0], **where,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            FlagEvidence(
                flag_id=flag_id, number=0, kind="halt", ref="h", vehicle_id=coach, operator_id=operator_id, started_at=at,
                ended_at=at + 30 * MINUTE, first_seq=seq, last_seq=seq,
            )
        )  # fmt: skip
    marks.ids.append(f"MARK{name}")
