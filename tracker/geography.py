"""Geography: what the system knows of roads and places on a day, as one immutable snapshot; and its first filling."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import numpy as np
from sqlmodel import Session, col, select

from tracker.corridors import Corridor, Milestone, cut, measured
from tracker.errors import NotFound
from tracker.gazetteer import (
    AgencyPointRecord,
    BorderPostRecord,
    CorridorRecord,
    HubRecord,
    LineRecord,
    MilestoneRecord,
    PostStateRecord,
)
from tracker.hubs import Hub
from tracker.imports import import_agency_points, import_border_posts, import_hubs, import_post_states
from tracker.line_files import add_version, packed
from tracker.lines import Line
from tracker.places import AgencyPoint, BorderPost, Hours, PostState, shared_point
from tracker.sections import Section
from tracker.validity import holding

SHIPPED_ON = date(2026, 11, 23)  # the day the shipped tables were put together


@dataclass(frozen=True, slots=True, eq=False)
class Geography:
    """Roads and places on the day `on`. All mappings are by id, in a stable order."""

    on: date
    corridors: Mapping[str, Corridor]
    sections: Mapping[str, Section]
    hubs: Mapping[str, Hub]
    posts: Mapping[str, BorderPost]

    def list_corridors(self) -> list[Corridor]:
        """Return every corridor, in the order of the table."""
        return list(self.corridors.values())

    def list_posts(self) -> list[BorderPost]:
        """Return every border post, by id."""
        return list(self.posts.values())

    def find_corridor(self, corridor_id: str) -> Corridor | None:
        """Return a corridor, or None."""
        return self.corridors.get(corridor_id)

    def find_post(self, post_id: str) -> BorderPost | None:
        """Return a border post, or None where there is none of this id on this day."""
        return self.posts.get(post_id)

    def get_corridor(self, corridor_id: str) -> Corridor:
        """Return a corridor.

        Raises:
            NotFound: there is none of this id.
        """
        if (corridor := self.corridors.get(corridor_id)) is None:
            raise NotFound("unknown_corridor", corridor=corridor_id)
        return corridor

    def get_section(self, section_id: str) -> Section:
        """Return a section.

        Raises:
            NotFound: there is none of this id.
        """
        if (section := self.sections.get(section_id)) is None:
            raise NotFound("unknown_section", section=section_id)
        return section

    def get_post(self, post_id: str) -> BorderPost:
        """Return a border post.

        Raises:
            NotFound: there is none of this id on this day.
        """
        if (post := self.posts.get(post_id)) is None:
            raise NotFound("unknown_border_post", post=post_id)
        return post

    def list_posts_on(self, corridor_id: str) -> list[BorderPost]:
        """Return the posts at the borders of a corridor, in order from its origin."""
        places = [p for m in self.get_corridor(corridor_id).borders for p in (m.exit_place, m.entry_place)]
        return [self.posts[place] for place in dict.fromkeys(places) if place in self.posts]

    def list_points(self) -> list[AgencyPoint]:
        """Return every agency point that holds on this day."""
        return [point for post in self.posts.values() for point in post.list_points(self.on)]

    def attributions(self) -> list[tuple[str, str]]:
        """Return the (source, licence) pairs of the lines in use, for the map and the README."""
        return sorted({(c.line.source, c.line.licence) for c in self.corridors.values()})


def load_geography(session: Session, on: date) -> Geography:
    """Read the snapshot of a day (some 0.2 s for the shipped tables); keep it, and read anew after an import."""
    hubs = {
        row.id: Hub(**row.model_dump(exclude={"row_id"}))
        for row in holding(session.exec(select(HubRecord).order_by(col(HubRecord.id))), on)
    }
    milestones: dict[str, list[Milestone]] = {}
    for place in session.exec(select(MilestoneRecord).order_by(col(MilestoneRecord.seq))):
        facts = place.model_dump(exclude={"corridor_id", "seq"})
        milestones.setdefault(place.corridor_id, []).append(Milestone(**facts))
    lines = _lines(session, on)
    corridors = []
    for axis in session.exec(select(CorridorRecord).order_by(col(CorridorRecord.rank))):
        if (line := lines.get(axis.id)) is not None:
            facts = axis.model_dump(exclude={"rank", "source", "licence"})
            corridors.append(Corridor(**facts, line=line, milestones=measured(milestones.get(axis.id, []), line)))
    cut_corridors, sections = cut(corridors, {hub.id: hub.country for hub in hubs.values()})
    ordered = dict(sorted(sections.items()))
    return Geography(on, {c.id: c for c in cut_corridors}, ordered, hubs, _posts(session, on))


def _lines(session: Session, on: date) -> dict[str, Line]:
    """Return the line of each corridor that holds on a day (see `LineRecord`)."""
    chosen: dict[str, LineRecord] = {}
    for row in session.exec(select(LineRecord)):
        start = row.valid_from or date.min
        best = chosen.get(row.corridor_id)
        if start <= on and (best is None or (start, row.version) > (best.valid_from or date.min, best.version)):
            chosen[row.corridor_id] = row
    lines = {}
    for corridor_id, row in chosen.items():
        vertices = np.array(json.loads(row.vertices), dtype=np.float64)
        latitudes, longitudes, kilometres = (vertices[:, column].copy() for column in range(3))
        lines[corridor_id] = Line(
            latitudes, longitudes, kilometres, row.quality, row.source, row.licence, row.version, row.valid_from
        )
    return lines


def _posts(session: Session, on: date) -> dict[str, BorderPost]:
    states: dict[str, list[PostState]] = {}
    for state in session.exec(select(PostStateRecord)):
        states.setdefault(state.post_id, []).append(PostState(**state.model_dump(exclude={"row_id"})))
    points: dict[str, list[AgencyPoint]] = {}
    for row in session.exec(select(AgencyPointRecord)):
        hours = Hours(row.opens, row.closes, row.holiday_opens, row.holiday_closes, row.hours_source)
        facts = row.model_dump(exclude={"row_id", "opens", "closes", "holiday_opens", "holiday_closes", "hours_source"})
        points.setdefault(row.post_id, []).append(AgencyPoint(**facts, hours=hours))
    posts = {}
    for record in holding(session.exec(select(BorderPostRecord).order_by(col(BorderPostRecord.id))), on):
        facts = record.model_dump(exclude={"row_id", "crossing_latitude", "crossing_longitude"})
        crossing = None
        if record.crossing_latitude is not None and record.crossing_longitude is not None:
            crossing = (record.crossing_latitude, record.crossing_longitude)
        own = points.get(record.id, [])
        post = BorderPost(**facts, crossing=crossing, states=tuple(states.get(record.id, [])))
        if all(point.agency is not None for point in holding(own, on)):
            own = [*own, shared_point(post)]
        posts[record.id] = BorderPost(**facts, crossing=crossing, states=post.states, points=tuple(own))
    return posts


def seed(session: Session) -> bool:
    """Fill an empty database with the shipped tables; return False (and change nothing) when it holds corridors
    already.

    The tables go through the same importers as people's files.
    """
    if session.exec(select(CorridorRecord.id).limit(1)).first() is not None:
        return False
    for importer, name in (
        (import_hubs, "hubs.csv"),
        (import_border_posts, "border_posts.csv"),
        (import_agency_points, "agency_points.csv"),
        (import_post_states, "post_states.csv"),
    ):
        importer(session, files("tracker").joinpath("data", name).read_bytes(), SHIPPED_ON)
    for rank, row in enumerate(_shipped("corridors.csv")):
        fields = ("id", "name", "kind", "origin", "destination", "source", "licence")
        session.add(CorridorRecord(rank=rank, **{name: row[name] for name in fields}))
    for row in _shipped("corridor_milestones.csv"):
        session.add(
            MilestoneRecord(
                corridor_id=row["corridor"],
                seq=int(row["seq"]),
                kind=row["kind"],
                exit_place=row["exit_post"] or row["place"],
                entry_place=row["entry_post"] or row["place"],
                exit_country=row["exit_country"] or None,
                entry_country=row["entry_country"] or None,
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
            )
        )
    vertices: dict[str, list[tuple[float, float, float]]] = {}
    for row in _shipped("corridor_lines.csv"):
        place = (float(row["latitude"]), float(row["longitude"]), float(row["km"]))
        vertices.setdefault(row["corridor"], []).append(place)
    for corridor_id, places in vertices.items():
        add_version(session, _coarse(corridor_id, np.array(places)))
    session.flush()
    return True


def _coarse(corridor_id: str, vertices: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> LineRecord:
    return LineRecord(
        corridor_id=corridor_id,
        version=1,
        quality="coarse",
        source="GeoNames towns; kilometres measured on OpenStreetMap",
        licence="CC BY 4.0; ODbL 1.0",
        recorded_on=SHIPPED_ON,
        vertices=packed(vertices[:, 0], vertices[:, 1], vertices[:, 2]),
    )


def _shipped(name: str) -> list[dict[str, str]]:
    text = files("tracker").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
