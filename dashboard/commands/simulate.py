"""`corridor simulate`: a scenario, published over real MQTT with each device's own credentials."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dashboard.commands.context import console, open_database, settings
from dashboard.seeding import seed as seed_geography
from dashboard.simulation import roads_of, set_up_fleet
from dashboard.simulation_progress import Backlog, Memory, parse_backfill
from telemetry.devices import DeviceRegistry
from telemetry.ingest import broker_endpoints
from telemetry.simulator.fleet import tag_of
from telemetry.simulator.player import Player
from telemetry.simulator.radios import Radios
from telemetry.simulator.roads import Road
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.scenario_files import DEFAULT, load_scenario
from telemetry.simulator.span import as_dated, until_now
from telemetry.simulator.truth import Truth
from tracker.clock import Clock, SystemClock
from tracker.database import Database
from tracker.errors import BadInput, BrokerAway, DatabaseAway, Reason
from tracker.geography import load_geography

SAVE_S = 30.0
AT_THE_END_S = 600.0
PATIENT_TRIES = 14  # each waits as long as the database lets a writer wait: some five minutes in all


def simulate(
    scenario: Annotated[str, typer.Argument(help="a file, or the name of a shipped scenario")] = DEFAULT,
    seed: Annotated[
        int | None, typer.Option(help="instead of the scenario's own; same seed, same bytes", min=0)
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="file for what really happened", dir_okay=False)] = None,
    backfill: Annotated[str | None, typer.Option(help="history before now: 12h, 30d, 2w (default: its days)")] = None,
    as_dated_: Annotated[bool, typer.Option("--as-dated", help="on the scenario's own dates, then end")] = False,
) -> None:
    """Play a scenario over MQTT: its history ends now and it goes on live, or on its own dates."""
    chosen, clock = settings(), SystemClock()
    played = load_scenario(scenario)
    if seed is not None:
        played = played.model_copy(update={"seed": seed})
    length = _length(backfill)
    if as_dated_ and as_dated(played).end_s > clock.now().timestamp():  # type: ignore[operator]
        raise BadInput(reasons=[Reason("scenario_in_future", "start")])
    database = open_database(chosen)
    seed_geography(database, clock)
    with database.reading() as session:
        geography = load_geography(session, clock.now().date())
    roads = roads_of(played, geography)
    registry, tag = DeviceRegistry(database, clock), tag_of(played)
    is_known = any(device.device_id.startswith("sim-") for device in registry.list())
    memory = (
        Memory.read(chosen.data_dir, played, tag) if is_known else Memory(chosen.data_dir / f"simulated_{tag}.json")
    )
    tokens = _set_up(database, registry, played, roads, chosen.data_dir / "simulated_devices.json", clock)
    span = as_dated(played) if as_dated_ else memory.span(until_now(played, clock.now(), length))
    book = Truth(played, span) if truth is not None else None
    outlet, backlog = Radios(broker_endpoints(chosen), tokens), Backlog(database)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    player = Player(
        played, roads, span, outlet, clock,
        sent_until=None if as_dated_ else memory.sent_until, truth=book, has_room=backlog.has_room,
    )  # fmt: skip
    saver = None if as_dated_ else memory
    try:
        _play(player, outlet, played, saver, stop)
        if as_dated_ and not stop.is_set() and not outlet.drain(AT_THE_END_S):
            raise BrokerAway
    finally:
        if book is not None and truth is not None:
            truth.write_bytes(book.as_json(None if span.end_s is not None else clock.now().timestamp()))
        outlet.close()
        database.close()


def _set_up(
    database: Database, registry: DeviceRegistry, played: Scenario, roads: Mapping[str, Road], file: Path, clock: Clock
) -> Mapping[str, str]:
    """Register the fleet. After an upgrade projections are made anew first, and whoever writes waits for them."""
    for _ in range(PATIENT_TRIES):
        with suppress(DatabaseAway):
            return set_up_fleet(database, registry, played, roads, file, clock.now())
    return set_up_fleet(database, registry, played, roads, file, clock.now())


def _play(player: Player, outlet: Radios, played: Scenario, memory: Memory | None, stop: threading.Event) -> None:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[sent]}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=player.streams, sent=0)

        def advance() -> None:
            progress.update(task, advance=1, sent=player.sent)
            if memory is not None and outlet.drain(10):
                memory.write(played)

        player.send_history(stop, advance)
    if memory is None:
        return
    keeper = threading.Thread(target=_keep, args=(memory, played, stop), daemon=True)
    keeper.start()
    player.go_live(stop)
    memory.write(played)


def _keep(memory: Memory, played: Scenario, stop: threading.Event) -> None:
    while not stop.wait(SAVE_S):
        memory.write(played)


def _length(backfill: str | None) -> timedelta | None:
    if backfill is None:
        return None
    if (length := parse_backfill(backfill)) is None:
        raise BadInput(reasons=[Reason("not_a_duration", "--backfill")])
    return length
