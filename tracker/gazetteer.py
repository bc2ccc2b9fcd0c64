"""Gazetteer: the tables that hold geography as dated data. Rows are never deleted: a new fact closes the old one's
interval.

Rules never read these; `tracker/geography.py` turns them into an immutable snapshot of a day.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from tracker.database import BigId

ON_EARTH = "latitude between -90 and 90 and longitude between -180 and 180"
IN_ORDER = "valid_from is null or valid_to is null or valid_from <= valid_to"


class DatedRecord(SQLModel):
    """A row that holds for an interval of days (half-open, see `tracker/validity.py`)."""

    valid_from: date | None = None
    valid_to: date | None = None


class HubRecord(DatedRecord, table=True):
    """A hub during an interval of days."""

    __tablename__: ClassVar[str] = "hub"
    __table_args__ = (CheckConstraint(ON_EARTH, "hub_on_earth"), CheckConstraint(IN_ORDER, "hub_dates"))

    row_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    id: str = Field(max_length=40, index=True)
    name: str
    country: str = Field(max_length=2)
    latitude: float
    longitude: float
    kind: str = Field(max_length=16)
    source: str
    licence: str


class BorderPostRecord(DatedRecord, table=True):
    """A border post (one side) during an interval of days."""

    __tablename__: ClassVar[str] = "border_post"
    __table_args__ = (
        CheckConstraint(ON_EARTH, "border_post_on_earth"),
        CheckConstraint(IN_ORDER, "border_post_dates"),
        CheckConstraint("(crossing_latitude is null) = (crossing_longitude is null)", "border_post_crossing"),
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    id: str = Field(max_length=40, index=True)
    name: str
    country: str = Field(max_length=2)
    counterpart_id: str | None = Field(default=None, max_length=40)
    counterpart_name: str = ""
    counterpart_country: str | None = Field(default=None, max_length=2)
    latitude: float
    longitude: float
    crossing_latitude: float | None = None
    crossing_longitude: float | None = None
    position_confidence: str = Field(max_length=16)
    is_joint: bool | None = None
    source: str
    licence: str


class AgencyPointRecord(DatedRecord, table=True):
    """One agency's place at a post (`agency` null: shared by all), with geofence and hours in minutes of local time."""

    __tablename__: ClassVar[str] = "agency_point"
    __table_args__ = (
        CheckConstraint(ON_EARTH, "agency_point_on_earth"),
        CheckConstraint(IN_ORDER, "agency_point_dates"),
        CheckConstraint("radius_m > 0 and radius_m <= 20000", "agency_point_radius"),
        CheckConstraint("opens between 0 and 1440 and closes between 0 and 1440", "agency_point_hours"),
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    post_id: str = Field(max_length=40, index=True)
    agency: str | None = Field(default=None, max_length=40)
    latitude: float
    longitude: float
    radius_m: float
    radius_basis: str = Field(max_length=16)
    place: str = Field(max_length=16)
    opens: int | None = None
    closes: int | None = None
    holiday_opens: int | None = None
    holiday_closes: int | None = None
    hours_source: str = ""
    source: str
    licence: str


class PostStateRecord(DatedRecord, table=True):
    """The state of a post during an interval of days, by a source."""

    __tablename__: ClassVar[str] = "post_state"
    __table_args__ = (
        CheckConstraint("status in ('open', 'restricted', 'suspended', 'closed')", "post_state_status"),
        CheckConstraint(IN_ORDER, "post_state_dates"),
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    post_id: str = Field(max_length=40, index=True)
    status: str = Field(max_length=16)
    source: str
    precision: str = Field(max_length=16)


class SectionSecurityRecord(DatedRecord, table=True):
    """The security status of a section during an interval of days, by an act or a report of `source_on`.

    A restriction is lifted by a date that is not past, so that no fact of its days loses its protection.
    """

    __tablename__: ClassVar[str] = "section_security"
    __table_args__ = (
        CheckConstraint("status in ('normal', 'restricted')", "section_security_status"),
        CheckConstraint(IN_ORDER, "section_security_dates"),
        CheckConstraint("valid_from is not null and length(source) > 0", "section_security_said"),
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    section_id: str = Field(max_length=120, index=True)
    status: str = Field(max_length=12)
    source: str
    source_on: date


class CorridorRecord(SQLModel, table=True):
    """A corridor: what it joins. Where it runs is in its lines."""

    __tablename__: ClassVar[str] = "corridor"
    __table_args__ = (CheckConstraint("kind in ('international', 'domestic', 'non_member')", "corridor_kind"),)

    id: str = Field(primary_key=True, max_length=40)
    rank: int
    name: str
    kind: str = Field(max_length=16)
    origin: str = Field(max_length=40)
    destination: str = Field(max_length=40)
    source: str
    licence: str


class MilestoneRecord(SQLModel, table=True):
    """A place on a corridor, in order from its origin, at which a section ends."""

    __tablename__: ClassVar[str] = "corridor_milestone"
    __table_args__ = (
        CheckConstraint(ON_EARTH, "corridor_milestone_on_earth"),
        CheckConstraint("kind in ('hub', 'border')", "corridor_milestone_kind"),
    )

    corridor_id: str = Field(primary_key=True, max_length=40)
    seq: int = Field(primary_key=True)
    kind: str = Field(max_length=16)
    exit_place: str = Field(max_length=40)
    entry_place: str = Field(max_length=40)
    exit_country: str | None = Field(default=None, max_length=2)
    entry_country: str | None = Field(default=None, max_length=2)
    latitude: float
    longitude: float


class LineRecord(SQLModel, table=True):
    """One version of a corridor's line. `vertices` is a JSON array of [latitude, longitude, kilometre].

    Of the versions whose `valid_from` has come (null: the road has always run so), the one with the latest `valid_from`
    holds, and of those the highest version: importing a better line without a date replaces the older drawing of the
    same road for every day, with a date it tells that the road itself changed then. Older versions stay.
    """

    __tablename__: ClassVar[str] = "corridor_line"
    __table_args__ = (
        UniqueConstraint("corridor_id", "version", name="corridor_line_version"),
        CheckConstraint("quality in ('coarse', 'imported', 'routed')", "corridor_line_quality"),
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    corridor_id: str = Field(max_length=40, index=True)
    version: int
    quality: str = Field(max_length=16)
    source: str
    licence: str
    valid_from: date | None = None
    recorded_on: date | None = None
    vertices: str = Field(sa_column=Column(Text, nullable=False))
