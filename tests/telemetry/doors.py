"""The doors put together on one database, as `dashboard/main.py` does it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from telemetry.dead_letters import DeadLetters
from telemetry.delivery import Delivery, Receipt
from telemetry.device import NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.intake import Intake
from telemetry.kinds import Kind
from telemetry.message_limits import MessageLimits
from telemetry.seal import Sealer
from telemetry.senders import Sender, SenderKind
from tests.builders import NOW
from tests.fakes import FakeDirectory
from tracker.clock import FixedClock
from tracker.database import Database
from tracker.log import LogRow, read_after

SECRET = "s" * 43
COACH = Sender("dev-1", SenderKind.FITTED, operator_id="OP1", vehicle_id="COACH-1")
PHONE = Sender("phone-1", SenderKind.PERSONAL, operator_id="OP1", vehicle_id="COACH-1")
POST = Sender("post-1", SenderKind.POST, post_id="CI-noe", agency="police")
FLEET = Sender("fleet-1", SenderKind.SYSTEM, operator_id="OP1")
DISPATCHER = Sender("person-7", SenderKind.PERSON, operator_id="OP1")
SUBJECT = "vehicles/OP1/COACH-1"


@dataclass
class Doors:
    database: Database
    clock: FixedClock
    devices: DeviceRegistry
    sealer: Sealer
    letters: DeadLetters
    intake: Intake

    def send(
        self, kind: Kind, body: Any, sender: Sender | None = COACH, subject: str | None = None, transport: str = "rest"
    ) -> list[Receipt]:
        payload = body if isinstance(body, bytes) else orjson.dumps(body)
        delivery = Delivery(sender, subject, kind, payload, transport, self.clock.now())
        return self.intake.submit(delivery).result(20)

    def rows(self) -> list[LogRow]:
        with self.database.reading() as session:
            return read_after(session, 0, 10_000)

    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(row.body) for row in self.rows()]

    def add(self, sender: Sender) -> str:
        return self.devices.add(
            NewDevice(
                sender.device_id, sender.kind, sender.operator_id, sender.vehicle_id, sender.post_id, sender.agency
            )
        )


@contextmanager
def open_doors(database: Database, limits: MessageLimits | None = None) -> Iterator[Doors]:
    clock = FixedClock(NOW)
    devices = DeviceRegistry(database, clock)
    sealer = Sealer(SECRET)
    letters = DeadLetters(database, sealer, SECRET, clock)
    intake = Intake(
        database, FakeDirectory(), devices=devices, letters=letters, sealer=sealer, secret=SECRET,
        limits=limits or MessageLimits(),
    )  # fmt: skip
    try:
        yield Doors(database, clock, devices, sealer, letters, intake)
    finally:
        intake.close()


def codes(receipt: Receipt) -> set[str]:
    return {reason.code for reason in receipt.reasons}
