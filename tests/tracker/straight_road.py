"""The straight road of `drives` in a database's tables, and drives on it as messages of the log."""

import hashlib
from datetime import timedelta
from uuid import uuid5

import orjson
from sqlalchemy import delete
from sqlmodel import SQLModel

from tests.tracker.drives import straight_geography
from tests.tracker.entries import NAMESPACE
from tracker.database import Database
from tracker.facts import moment
from tracker.gazetteer import (
    AgencyPointRecord,
    BorderPostRecord,
    CorridorRecord,
    HubRecord,
    LineRecord,
    MilestoneRecord,
    PostStateRecord,
)
from tracker.log import Entry, append

ROAD_TABLES = (
    AgencyPointRecord, BorderPostRecord, CorridorRecord, HubRecord, LineRecord, MilestoneRecord, PostStateRecord,
)  # fmt: skip
LINE_FIELDS = ("latitudes", "longitudes", "kilometres")


def with_straight_road(database: Database) -> Database:
    """Store the straight road, and return the database."""
    geography = straight_geography()
    (road,) = geography.corridors.values()
    with database.writing() as session:
        for hub in geography.hubs.values():
            session.add(
                HubRecord(**{name: getattr(hub, name) for name in HubRecord.model_fields if hasattr(hub, name)})
            )
        for post in geography.posts.values():
            facts = {name: getattr(post, name) for name in BorderPostRecord.model_fields if hasattr(post, name)}
            assert post.crossing is not None
            latitude, longitude = post.crossing
            session.add(BorderPostRecord(**facts, crossing_latitude=latitude, crossing_longitude=longitude))
            for point in post.points:
                facts = {name: getattr(point, name) for name in AgencyPointRecord.model_fields if hasattr(point, name)}
                session.add(AgencyPointRecord(**facts))
        facts = {name: getattr(road, name) for name in ("id", "name", "kind", "origin", "destination")}
        session.add(CorridorRecord(rank=0, source="test", licence="none", **facts))
        for seq, milestone in enumerate(road.milestones):
            facts = {n: getattr(milestone, n) for n in MilestoneRecord.model_fields if hasattr(milestone, n)}
            session.add(MilestoneRecord(corridor_id=road.id, seq=seq, **facts))
        vertices = zip(*(getattr(road.line, name).tolist() for name in LINE_FIELDS), strict=True)
        session.add(
            LineRecord(
                corridor_id=road.id, version=1, quality=road.line.quality, source="test", licence="none",
                vertices=orjson.dumps(list(vertices)).decode(),
            )
        )  # fmt: skip
    return database


def emptied_of_messages(database: Database) -> Database:
    """Delete every row of every table but the road's, and return the database."""
    kept = {table.__tablename__ for table in ROAD_TABLES}
    with database.writing() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name not in kept:
                session.connection().execute(delete(table))
    return database


def messages_of(fixes, vehicle_id: str = "COACH-1", operator_id: str = "OP-1") -> list[Entry]:
    """Return the fixes as messages, in order of observation."""
    entries = []
    for n in range(len(fixes)):
        body = {"latitude": round(float(fixes.latitudes[n]), 7), "longitude": round(float(fixes.longitudes[n]), 7)}
        if fixes.speeds_mps[n] == fixes.speeds_mps[n]:
            body["speed_mps"] = round(float(fixes.speeds_mps[n]), 2)
        entries.append(
            _entry(f"vehicles/{operator_id}/{vehicle_id}", "position", fixes.at_s[n], body, str(fixes.devices[n]),
                   sent_after_s=float(fixes.sent_s[n] - fixes.at_s[n]))
        )  # fmt: skip
    return entries


def trip_message(
    event: str, at_s: float, trip_id: str = "T-1", vehicle_id: str = "COACH-1", operator_id: str = "OP-1", **more
) -> Entry:
    """Return a message of a trip on the straight road."""
    body = {"event": event, "trip_id": trip_id, "corridor_id": "LOM-LAG", **more}
    return _entry(f"vehicles/{operator_id}/{vehicle_id}", "trip", at_s, body, "dispatch")


def control_message(
    at_s: float, agency: str, minutes: float, amount: float | None = None, vehicle_id="COACH-1", operator_id="OP-1"
) -> Entry:
    """Return a control that the crew reported, a quarter of an hour after it; `amount` in XOF without a receipt."""
    body = {"agency": agency, "ended_at": moment(at_s + minutes * 60).isoformat(), "trip_id": "T-1"}
    if amount is not None:
        body["payments"] = [{"amount": amount, "currency": "XOF", "basis": "no_receipt", "payer": "crew"}]
    subject = f"vehicles/{operator_id}/{vehicle_id}"
    return _entry(subject, "control", at_s, body, "crew", sent_after_s=minutes * 60 + 900)


def post_message(
    post_id: str, agency: str, at_s: float, minutes: float, written_after: float = 60.0, vehicle_id="COACH-1", **more
) -> Entry:
    """Return an entry of a post's log: the coach arrived then, and was released so many minutes later."""
    released_s = at_s + minutes * 60
    body = {"vehicle_id": vehicle_id, "released_at": moment(released_s).isoformat(), **more}
    sent_after_s = released_s - at_s + written_after
    return _entry(f"posts/{post_id}/{agency}", "crossing", at_s, body, "desk", sent_after_s=sent_after_s)


def _entry(subject, kind, at_s, body, device_id, sent_after_s=1.0):
    at = moment(float(at_s))
    content = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    sent_at = at + timedelta(seconds=sent_after_s)
    return Entry(
        message_id=uuid5(NAMESPACE, f"{subject}{kind}{at}{device_id}{content!r}"),
        subject=subject,
        kind=kind,
        device_id=device_id,
        transport="test",
        observed_at=at,
        sent_at=sent_at,
        received_at=sent_at + timedelta(seconds=0.5),
        body=content,
        content_hash=hashlib.sha256(content).digest(),
    )


def log(database: Database, entries) -> None:
    """Append messages in their order."""
    with database.writing() as session:
        append(database, session, list(entries))


SEQS = frozenset(("first_seq", "last_seq"))


def rows_of(database: Database, tables, without=SEQS) -> dict[str, list[str]]:
    """Return every row of the tables as text, sorted, without some columns."""
    with database.reading() as session:
        found = {}
        for table in tables:
            columns = [column for column in table.__table__.c if column.name not in without]
            rows = session.connection().execute(table.__table__.select().with_only_columns(*columns))
            found[table.__tablename__] = sorted(map(repr, rows))
        return found
