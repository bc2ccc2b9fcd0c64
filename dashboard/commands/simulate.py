"""`corridor simulate`: a fleet on timetables, published over real MQTT with each device's own credentials."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import Annotated

import typer

from dashboard.commands.context import open_database, settings
from dashboard.seeding import seed as seed_geography
from dashboard.simulation import set_up_fleet, stretches
from telemetry.devices import DeviceRegistry
from telemetry.ingest import broker_endpoints
from telemetry.simulator.player import Player
from telemetry.simulator.radios import Radios
from tracker.clock import SystemClock
from tracker.geography import load_geography


def simulate(
    seed: Annotated[int, typer.Option(help="same seed, same fleet")] = 7,
    interval_s: Annotated[float, typer.Option(help="seconds between two fixes of a coach", min=1)] = 10,
    history_hours: Annotated[int, typer.Option(help="hours before now that are sent at once", min=0, max=96)] = 24,
) -> None:
    """Simulate a small fleet between Abidjan and Lagos, live, until stopped."""
    chosen, clock = settings(), SystemClock()
    database = open_database(chosen)
    seed_geography(database, clock)
    with database.reading() as session:
        geography = load_geography(session, clock.now().date())
    roads = stretches(geography, seed)
    registry = DeviceRegistry(database, clock)
    tokens = set_up_fleet(database, registry, roads, chosen.data_dir / "simulated_devices.json", clock.now())
    database.close()
    outlet = Radios(broker_endpoints(chosen), tokens)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    Player(roads, outlet, clock, seed, interval_s, timedelta(hours=history_hours)).play(stop)
    outlet.close()
