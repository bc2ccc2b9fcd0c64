"""A border between two invented posts, and what positions, logs and crews tell of coaches there: short stories."""

from datetime import UTC, datetime, timedelta

from checkpoints.crossing_sides import Told
from checkpoints.desks import LogEntry
from tracker.facts import BorderCrossing
from tracker.places import AgencyPoint, BorderPost, Hours

DAY = datetime(2026, 6, 1, tzinfo=UTC)
SOURCES = {"source": "invented", "licence": "none"}


def at(clock: str, day: int = 0) -> datetime:
    hours, minutes = clock.split(":")
    return DAY + timedelta(days=day, hours=int(hours), minutes=int(minutes))


def a_post(name: str, country: str, across: str, *, hours: Hours | None = None, is_joint: bool = False) -> BorderPost:
    point = AgencyPoint(name, None, 6.0, 1.0, 600.0, "surveyed", "crossing", hours or Hours(), **SOURCES)
    return BorderPost(
        id=name, name=name, country=country, counterpart_id=across, counterpart_country=None, latitude=6.0, longitude=1.0,
        crossing=(6.0, 1.0), position_confidence="high", is_joint=is_joint, points=(point,), **SOURCES,
    )  # fmt: skip


WEST, EAST = a_post("TG-west", "TG", "BJ-east"), a_post("BJ-east", "BJ", "TG-west")
POSTS = {post.id: post for post in (WEST, EAST)}


def seen(
    exit: tuple[str, str] | None = ("10:00", "10:40"),
    entry: tuple[str, str] | None = ("10:45", "11:05"),
    *,
    line: str = "10:42",
    state: str = "crossed",
    basis: str = "fences",
    unsplit: tuple[str, str] | None = None,
    day: int = 0,
    back: bool = False,
) -> BorderCrossing:
    """What positions show of a coach that leaves Togo and enters Benin (`back`: the other way)."""
    spans = [span for span in (exit, entry, unsplit) if span]
    start = min((at(span[0], day) for span in spans), default=at(line, day))
    end = max((at(span[1], day) for span in spans), default=at(line, day))
    posts = (EAST.id, WEST.id) if back else (WEST.id, EAST.id)

    def seconds(span: tuple[str, str] | None) -> float | None:
        return (at(span[1], day) - at(span[0], day)).total_seconds() if span else None

    return BorderCrossing(
        started_at=start, ended_at=end, settled_at=end + timedelta(hours=1), first_seq=1, last_seq=9,
        corridor_id="WEST-EAST", exit_post=posts[0], entry_post=posts[1], km=100.0, state=state, basis=basis,
        line_at=at(line, day), unsplit_s=seconds(unsplit), exit_s=seconds(exit), entry_s=seconds(entry),
        exit_arrived_at=at(exit[0], day) if exit else None, exit_left_at=at(exit[1], day) if exit else None,
        entry_arrived_at=at(entry[0], day) if entry else None, entry_left_at=at(entry[1], day) if entry else None,
    )  # fmt: skip


def wrote(
    seq: int,
    arrived: str,
    released: str | None,
    *,
    post: str = WEST.id,
    agency: str = "immigration",
    direction: str = "exit",
    day: int = 0,
    written: datetime | None = None,
    **more: object,
) -> LogEntry:
    """An entry of a post's log."""
    until = at(released, day) if released else None
    return LogEntry(
        seq=seq, post_id=post, agency=agency, direction=direction, arrived_at=at(arrived, day), released_at=until,
        written_at=written or (until or at(arrived, day)) + timedelta(minutes=2), vehicle_id="BUS", operator_id="OP", **more,
    )  # fmt: skip


def told(seq: int, start: str, agency: str = "police", day: int = 0) -> Told:
    """A control that the crew reported."""
    return Told(seq=seq, agency=agency, started_at=at(start, day), ended_at=at(start, day) + timedelta(minutes=5))
