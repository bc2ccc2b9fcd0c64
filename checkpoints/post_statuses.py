"""What each agency last said of its point: open, restricted, suspended or closed, and how long the queue is.

*No report* is not *open*: a post of which nothing was said has no row, and the page says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import BigId, UtcDateTime
from tracker.events import Event, PostStatusReported
from tracker.projection import upsert


class LatestPostStatus(SQLModel, table=True):
    """The newest status of one agency's point. `queue_length` counts coaches; null is *not said*, not zero."""

    __tablename__ = "latest_post_status"
    __table_args__ = (
        CheckConstraint("status in ('open', 'restricted', 'suspended', 'closed')", name="ck_latest_post_status_status"),
    )

    post_id: str = Field(primary_key=True, max_length=40)
    agency: str = Field(primary_key=True, max_length=40)
    status: str = Field(max_length=12)
    queue_length: int | None = None
    observed_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    seq: int = Field(sa_column=Column(BigId, nullable=False))


class PostStatuses:
    """Keeps `LatestPostStatus`."""

    name = "post_statuses"
    tables: Sequence[type[SQLModel]] = (LatestPostStatus,)

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Keep the newest word of each agency."""
        newest: dict[tuple[str, str], PostStatusReported] = {}
        for event in events:
            if isinstance(event, PostStatusReported):
                key = (event.post_id, event.agency)
                if key not in newest or (event.observed_at, event.seq) > (newest[key].observed_at, newest[key].seq):
                    newest[key] = event
        rows = [
            {
                "post_id": event.post_id,
                "agency": event.agency,
                "status": event.body["status"],
                "queue_length": event.body.get("queue_length"),
                "observed_at": event.observed_at,
                "received_at": event.received_at,
                "seq": event.seq,
            }
            for event in newest.values()
        ]
        upsert(session, LatestPostStatus, rows, ["post_id", "agency"], ["observed_at", "seq"])


def list_statuses(session: Session, posts: Collection[str] | None = None) -> list[LatestPostStatus]:
    """Return the newest word of each agency, of `posts` only (None: of all), ordered by post and agency."""
    query = select(LatestPostStatus)
    if posts is not None:
        query = query.where(col(LatestPostStatus.post_id).in_(posts))
    return list(session.exec(query.order_by(col(LatestPostStatus.post_id), col(LatestPostStatus.agency))))
