"""Who is this vehicle, post or corridor? The answer that `tracker.directory.Directory` asks for, from every room."""

from __future__ import annotations

import threading
import time
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from checkpoints.agencies import agencies_in
from operators.companies import Vehicle, reference
from tracker.clock import Clock
from tracker.countries import country_at
from tracker.database import Database
from tracker.directory import VehicleRef
from tracker.geography import Geography, load_geography
from tracker.restrictions import NONE, Restrictions
from tracker.security import load_restrictions
from tracker.slugs import plate_key

FRESH_S = 3.0  # what was changed in another process (a coach retired, a section restricted) holds this much later


class DatabaseDirectory:
    """Reads vehicles and geography from the database and remembers them for `FRESH_S` seconds. Thread-safe.

    Who is not among the remembered is looked for in the database: a coach may report in the second it was registered,
    and a message refused then is work for somebody. It costs less than the dead letter that a stranger's message becomes.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Prepare; nothing is read before the first question."""
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        self._vehicles: dict[str, VehicleRef] = {}
        self._plates: dict[str, VehicleRef] = {}
        self._geography: Geography | None = None
        self._restrictions = NONE
        self._read_at = float("-inf")

    @property
    def geography(self) -> Geography:
        """The geography as of today."""
        self._refresh()
        assert self._geography is not None
        return self._geography

    @property
    def restrictions(self) -> Restrictions:
        """The sections under a security status, as of now."""
        self._refresh()
        return self._restrictions

    def forget(self) -> None:
        """Read everything anew when it is next asked for: somebody has just changed it here."""
        self._read_at = float("-inf")

    def find_vehicle(self, vehicle_id: str) -> VehicleRef | None:
        """Return the coach of that id, whichever operator's."""
        self._refresh()
        return self._vehicles.get(vehicle_id) or self._look_up(col(Vehicle.vehicle_id) == vehicle_id)

    def find_vehicle_by_plate(self, license_plate: str) -> VehicleRef | None:
        """Return the coach whose plate is that one in any style of writing."""
        self._refresh()
        key = plate_key(license_plate)
        return self._plates.get(key) or (self._look_up(col(Vehicle.plate_key) == key) if key else None)

    def find_post_country(self, post_id: str) -> str | None:
        """Return the country of a border post, None for no such post."""
        post = self.geography.find_post(post_id)
        return post.country if post else None

    def has_corridor(self, corridor_id: str) -> bool:
        """Say whether the corridor exists."""
        return self.geography.find_corridor(corridor_id) is not None

    def agencies_in(self, country: str, on: date) -> frozenset[str]:
        """Return the codes of the agencies that exist in `country` on that day."""
        return agencies_in(country, on)

    def country_at(self, latitude: float, longitude: float) -> str | None:
        """Return the country of a point, None at sea or where it is not known."""
        return country_at(latitude, longitude)

    def _look_up(self, is_meant: ColumnElement[bool]) -> VehicleRef | None:
        with self._database.reading() as session:
            vehicle = session.exec(select(Vehicle).where(is_meant, col(Vehicle.retired_at).is_(None))).first()
            return reference(vehicle) if vehicle is not None else None

    def _refresh(self) -> None:
        if time.monotonic() - self._read_at < FRESH_S:
            return
        with self._lock:
            if time.monotonic() - self._read_at < FRESH_S:
                return
            with self._database.reading() as session:
                vehicles = session.exec(select(Vehicle).where(col(Vehicle.retired_at).is_(None))).all()
                now = self._clock.now()
                geography = load_geography(session, now.date())
                restrictions = load_restrictions(session, geography, now)
            self._vehicles = {v.vehicle_id: reference(v) for v in vehicles}
            self._plates = {v.plate_key: reference(v) for v in vehicles if v.plate_key}
            self._geography, self._restrictions = geography, restrictions
            self._read_at = time.monotonic()
