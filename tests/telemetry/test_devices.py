from datetime import timedelta

import bcrypt
import pytest

from telemetry.device import NewDevice
from telemetry.devices import REFUSALS_PER_DEVICE, DeviceRegistry
from telemetry.senders import SenderKind
from tests.builders import NOW
from tracker.clock import FixedClock
from tracker.database import Database
from tracker.errors import BadInput, Conflict, NotFound

FITTED = NewDevice("dev_1-a", SenderKind.FITTED, "OP1", "COACH-1", language="fr")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def registry(sqlite_database: Database, clock: FixedClock) -> DeviceRegistry:
    return DeviceRegistry(sqlite_database, clock)


def test_a_token_is_shown_once_and_kept_as_hashes_only(registry: DeviceRegistry):
    token = registry.add(FITTED)
    device = registry.find("dev_1-a")
    assert device is not None
    assert bcrypt.checkpw(token.encode(), device.mqtt_hash.encode())
    assert token not in repr(device)
    sender = registry.authenticate(token)
    assert sender is not None
    assert (sender.device_id, sender.vehicle_id, sender.language) == ("dev_1-a", "COACH-1", "fr")


def test_a_rotated_or_disabled_token_is_worth_nothing(registry: DeviceRegistry):
    old = registry.add(FITTED)
    registry.authenticate(old)
    new = registry.rotate("dev_1-a")
    assert registry.authenticate(old) is None
    assert registry.authenticate(new) is not None
    registry.disable("dev_1-a")
    assert registry.authenticate(new) is None
    with pytest.raises(Conflict, match="device_disabled"):
        registry.rotate("dev_1-a")


def test_a_revocation_reaches_another_process_within_five_seconds(
    registry: DeviceRegistry, sqlite_database: Database, clock: FixedClock
):
    elsewhere = DeviceRegistry(sqlite_database, clock)
    token = registry.add(FITTED)
    assert elsewhere.authenticate(token) is not None
    registry.disable("dev_1-a")
    clock.advance(timedelta(seconds=5))
    assert elsewhere.authenticate(token) is None


@pytest.mark.parametrize("token", ["", "cdt_", "cdt_" + "A" * 43, "x" * 500, "cdt_é"])
def test_an_unknown_token_is_nobodys(registry: DeviceRegistry, token):
    assert registry.authenticate(token) is None


def test_the_version_grows_with_every_change(registry: DeviceRegistry):
    versions = [registry.version()]
    for change in (
        lambda: registry.add(FITTED),
        lambda: registry.rotate("dev_1-a"),
        lambda: registry.disable("dev_1-a"),
    ):
        change()
        versions.append(registry.version())
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(
    ("new", "fields"),
    [
        (NewDevice("a b", SenderKind.FITTED, "OP1", "C"), ["device_id"]),
        (NewDevice("a", SenderKind.FITTED, "OP*", None), ["operator_id", "vehicle_id"]),
        (NewDevice("a", SenderKind.POST, post_id="CI-noe"), ["agency"]),
        (NewDevice("a", SenderKind.SYSTEM), ["operator_id"]),
        (NewDevice("a", SenderKind.PERSON, "OP1"), ["kind"]),
    ],
)
def test_an_incomplete_device_is_refused_with_every_reason(registry: DeviceRegistry, new, fields):
    with pytest.raises(BadInput) as refused:
        registry.add(new)
    assert [reason.field for reason in refused.value.reasons] == fields


def test_many_are_added_all_or_none(registry: DeviceRegistry):
    registry.add(FITTED)
    with pytest.raises(Conflict, match="device_exists"):
        registry.add_many([NewDevice("other", SenderKind.FITTED, "OP1", "COACH-2"), FITTED])
    assert [device.device_id for device in registry.list()] == ["dev_1-a"]


def test_an_unknown_device_cannot_be_changed(registry: DeviceRegistry):
    with pytest.raises(NotFound):
        registry.rotate("nobody")
    with pytest.raises(NotFound):
        registry.disable("nobody")


def test_what_the_broker_refused_is_counted_listed_and_bounded(registry: DeviceRegistry):
    registry.add(FITTED)
    for number in range(REFUSALS_PER_DEVICE + 20):
        at = NOW + timedelta(seconds=number)
        registry.note_refusal("dev_1-a", "foreign_topic", f"corridor/v1/vehicles/OP2/C{number}/positions", at)
        registry.note_refusal("dev_1-a", "foreign_topic", "same", at)
    registry.note_refusal("nobody", "foreign_topic", "x", NOW)
    refusals = registry.list_refusals("dev_1-a")
    device = registry.find("dev_1-a")
    assert device is not None
    assert len(refusals) == REFUSALS_PER_DEVICE
    assert next(one for one in refusals if one.topic == "same").times == REFUSALS_PER_DEVICE + 20
    assert device.refused_count == 2 * (REFUSALS_PER_DEVICE + 20)
