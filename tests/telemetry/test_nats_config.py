from datetime import UTC, datetime
from pathlib import Path

import pytest

from telemetry.device import Device
from telemetry.nats_config import User, configuration, device_users, mappings, partition_of, worker
from telemetry.nats_plan import BrokerPlan, ClusterPlan

PLAN = BrokerPlan(Path("/data/broker"), partitions=8)


def a_device(device_id: str, kind: str, **names: str) -> Device:
    return Device(
        device_id=device_id,
        kind=kind,
        token_hash=bytes(32),
        mqtt_hash=f"$2a$04${device_id}",
        revision=1,
        created_at=datetime.now(UTC),
        **names,
    )


UNIT = a_device("unit", "fitted", operator_id="OP", vehicle_id="C1")
PHONE = a_device("phone", "personal", operator_id="OP", vehicle_id="C1")
POST = a_device("post", "post", post_id="CI-noe", agency="police")


def user_of(device: Device, *others: Device) -> User:
    return next(user for user in device_users([device, *others], 8) if user.name == device.device_id)


def test_a_unit_may_write_its_own_topics_only():
    user = user_of(UNIT)
    assert "in.6.positions.OP.C1" in user.publish
    assert "in.6.owntracks.OP.C1" in user.publish
    assert "corridor.v1.vehicles.OP.C1.status" in user.publish
    assert user.subscribe == ("corridor.v1.receipts.OP.C1", "owntracks.OP.C1.cmd")
    assert all("OP.C1" in subject for subject in user.publish)
    assert not any(sign in subject for subject in user.publish + user.subscribe for sign in "*>")


def test_a_phone_writes_plain_positions_only_where_no_unit_does():
    assert "in.6.positions.OP.C1" in user_of(PHONE).publish
    beside_a_unit = user_of(PHONE, UNIT)
    assert "in.6.positions.OP.C1" not in beside_a_unit.publish
    assert {"in.6.owntracks.OP.C1", "in.6.trips.OP.C1", "in.6.controls.OP.C1"} <= set(beside_a_unit.publish)


def test_a_revoked_unit_does_not_silence_the_phone():
    unit = a_device("unit", "fitted", operator_id="OP", vehicle_id="C1")
    unit.disabled_at = datetime.now(UTC)
    assert "in.6.positions.OP.C1" in user_of(PHONE, unit).publish
    assert [user.name for user in device_users([unit], 8)] == []


def test_a_post_may_write_its_own_point_and_read_who_comes():
    user = user_of(POST)
    place = partition_of("CI-noe", "police", 8)
    assert user.publish == (f"in.{place}.crossings.CI-noe.police", f"in.{place}.post-status.CI-noe.police")
    assert user.subscribe == ("corridor.v1.receipts.posts.CI-noe.police", "corridor.v1.posts.CI-noe.expected")


def test_a_program_speaks_for_its_operator_only():
    user = user_of(a_device("fleet", "system", operator_id="OP"))
    assert "in.*.positions.OP.*" in user.publish
    assert all(".OP." in f"{subject}." for subject in user.publish)


def test_status_of_vehicles_is_not_mapped_because_last_wills_are_not():
    assert not any(source.startswith("corridor.v1.vehicles") and "status" in source for source in mappings(8))
    assert mappings(4)["corridor.v1.posts.*.*.status"] == (
        "in.{{partition(4,1,2)}}.post-status.{{wildcard(1)}}.{{wildcard(2)}}"
    )


def test_the_configuration_keeps_what_it_promises():
    text = configuration(PLAN, [worker("$2a$04$w"), *device_users([UNIT], 8)])
    assert "sync_interval: always" in text
    assert f"max_payload: {4 * 1024 * 1024 + 65536}" in text
    assert 'user: "unit", password: "$2a$04$unit", allowed_connection_types: ["MQTT"]' in text
    assert "cluster" not in text
    assert "tls" not in text
    assert "$MQTT" not in text
    assert '"$MQTT.sub.>"' in configuration(PLAN, [worker("$2a$04$w")], old_permissions=True)


def test_who_may_nothing_gets_nothing():
    assert 'publish: { deny: ">" }' in configuration(PLAN, [User("nobody", "$2a$")])


def test_messages_in_flight_stay_below_what_the_broker_can_bear():
    assert 0 < PLAN.max_ack_pending < 20_000


def test_a_cluster_replicates_three_times():
    plan = BrokerPlan(Path("/d"), cluster=ClusterPlan("one", "127.0.0.1:7001", ("127.0.0.1:7001", "127.0.0.1:7002")))
    text = configuration(plan, [], route_secret="s3")
    assert "stream_replicas: 3" in text
    assert "consumer_replicas: 3" in text
    assert 'routes: ["nats-route://route:s3@127.0.0.1:7001", "nats-route://route:s3@127.0.0.1:7002"]' in text


@pytest.mark.parametrize("partitions", [1, 8, 64])
def test_partitions_are_in_range_and_all_used(partitions):
    places = {partition_of("OP", f"COACH-{number}", partitions) for number in range(2_000)}
    assert places == set(range(partitions))
