"""The parts of a running process, put together once: who needs whom is here and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.api_tokens import find_sender
from dashboard.directory import DatabaseDirectory
from dashboard.metrics import Metrics
from dashboard.pipeline import make_pipeline
from dashboard.secrecy import Secrecy
from dashboard.seeding import seed
from dashboard.translations import Translations
from telemetry.dead_letters import DeadLetters
from telemetry.devices import DeviceRegistry
from telemetry.identity import Identifier
from telemetry.intake import Intake
from telemetry.message_limits import MessageLimits
from telemetry.seal import Sealer
from telemetry.senders import Sender
from tracker.clock import Clock, SystemClock
from tracker.database import Database
from tracker.pipeline import Pipeline
from tracker.settings import Settings, secret_of
from tracker.usual_times import KeptUsualTimes


class Tokens:
    """Knows devices' tokens and people's API tokens."""

    def __init__(self, devices: DeviceRegistry, database: Database, clock: Clock) -> None:
        """Ask `devices` first."""
        self._devices, self._database, self._clock = devices, database, clock

    def authenticate(self, token: str) -> Sender | None:
        """Return whose token it is, None for an unknown or revoked one.

        Raises:
            DatabaseAway: nobody can say now.
        """
        return self._devices.authenticate(token) or find_sender(self._database, token, self._clock.now())


@dataclass
class Parts:
    """Everything a process may need; threads start only when asked for."""

    settings: Settings
    clock: Clock
    database: Database
    directory: DatabaseDirectory
    phrasebook: Translations
    secrecy: Secrecy
    devices: DeviceRegistry
    tokens: Tokens
    dead_letters: DeadLetters
    sealer: Sealer
    identifier: Identifier
    intake: Intake
    pipeline: Pipeline
    metrics: Metrics
    usual: KeptUsualTimes = field(default_factory=KeptUsualTimes)
    stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _closers: list[Callable[[], None]] = field(default_factory=list)

    def start_pipeline(self) -> None:
        """Keep projections up to date and time ticking in a thread of its own."""
        thread = threading.Thread(
            target=self.pipeline.run_forever,
            args=(self.stop, self.clock, self.settings.tick_s),
            name="pipeline",
            daemon=True,
        )
        thread.start()
        self._threads.append(thread)

    def on_close(self, closer: Callable[[], None]) -> None:
        """Run `closer` before the writer stops; the last one given runs first."""
        self._closers.append(closer)

    def close(self) -> None:
        """Stop what was started, write what waits, close the database."""
        self.stop.set()
        for closer in reversed(self._closers):
            closer()
        for thread in self._threads:
            thread.join(timeout=20)
        self.intake.close()
        self.database.close()


def make_parts(settings: Settings, database: Database, clock: Clock | None = None) -> Parts:
    """Put the parts together on a migrated database; shipped geography is loaded into an empty one."""
    clock = clock or SystemClock()
    seed(database, clock)
    secret = secret_of(settings)
    directory = DatabaseDirectory(database, clock)
    devices = DeviceRegistry(database, clock)
    sealer = Sealer(secret)
    dead_letters = DeadLetters(database, sealer, secret, clock)
    metrics = Metrics()
    intake = Intake(
        database,
        directory,
        devices=devices,
        letters=dead_letters,
        sealer=sealer,
        secret=secret,
        limits=MessageLimits.of(settings),
        capacity=settings.write_queue,
    )
    pipeline = make_pipeline(database, settings)
    metrics.watch("corridor_pipeline_lag_rows", "Rows of the log that projections have not taken in", pipeline.lag)
    return Parts(
        settings=settings,
        clock=clock,
        database=database,
        directory=directory,
        phrasebook=Translations(),
        secrecy=Secrecy(secret),
        devices=devices,
        tokens=Tokens(devices, database, clock),
        dead_letters=dead_letters,
        sealer=sealer,
        identifier=Identifier(secret),
        intake=intake,
        pipeline=pipeline,
        metrics=metrics,
    )
