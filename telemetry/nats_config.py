"""The broker's configuration, made from settings and devices. Pure: text out, nothing written.

A device signs in with its id and token and may write its own topics only. Positions and the like are mapped to
partitions (`in.3.positions.OPERATOR.COACH`), and the broker checks permissions on the mapped subject; a last will is
published on the unmapped one, so a vehicle's status is not mapped.

Permissions name the partition exactly. A wildcard there would let a device write into partitions that nobody reads, and
leave a retained message in each of as many subjects as it can think of, until the disk is full.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from telemetry.device import Device
from telemetry.kinds import Kind
from telemetry.nats_plan import BrokerPlan
from telemetry.senders import SenderKind
from telemetry.topics import OWNTRACKS_SEGMENT, PARTITIONED_SEGMENTS, POST_SEGMENTS, VEHICLE_SEGMENTS

ACCOUNT = "CORRIDOR"
WORKER_USER = "corridor.worker"  # a dot: no device's id can be that
OPENER_USER = "corridor.opener"
SLACK_BYTES = 64 * 1024  # a body of exactly the limit comes with its topic
# What the OwnTracks app says beside its positions: allowed, so that it counts as no offence, and read by nobody.
OWNTRACKS_EXTRAS = ("card", "dump", "event", "info", "response", "status", "step", "waypoint", "waypoints")

_VEHICLE_KINDS = (Kind.POSITION, Kind.TRIP, Kind.CONTROL, Kind.INCIDENT)
_POST_KINDS = (Kind.CROSSING, Kind.POST_STATUS)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. `password_hash` is bcrypt."""

    name: str
    password_hash: str = field(repr=False)
    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()


def partition_of(first: str, second: str, partitions: int) -> int:
    """Return the partition that the broker chooses: FNV-1a over both names, as NATS does it (a test compares)."""
    digest = 0x811C9DC5
    for byte in (first + second).encode():
        digest = ((digest ^ byte) * 0x01000193) & 0xFFFFFFFF
    return digest % partitions


def worker(password_hash: str) -> User:
    """Return the user of ingest workers."""
    return User(
        WORKER_USER,
        password_hash,
        publish=("corridor.v1.receipts.>", "corridor.v1.posts.*.expected"),
        subscribe=("in.>", "corridor.v1.vehicles.*.*.status"),
    )


def opener(password_hash: str) -> User:
    """Return the user that opens the lanes' sessions before anybody else may sign in."""
    return User(OPENER_USER, password_hash, subscribe=("in.>", "corridor.v1.vehicles.*.*.status"))


def device_users(devices: Iterable[Device], partitions: int) -> list[User]:
    """Return the users of all active devices.

    A personal phone may write positions to the plain topic only where no fitted device speaks for the coach: what comes
    under a coach's topic cannot be told apart, and a phone's whereabouts outside a trip are nobody's business.
    """
    active = [device for device in devices if device.is_active]
    fitted = {device.subject for device in active if device.kind == SenderKind.FITTED}
    return [_device_user(device, device.subject in fitted, partitions) for device in active]


def _device_user(device: Device, has_fitted: bool, partitions: int) -> User:
    publish: list[str] = []
    subscribe: list[str] = []
    if device.operator_id is not None:
        operator, vehicle = device.operator_id, device.vehicle_id or "*"
        place = str(partition_of(operator, vehicle, partitions)) if device.vehicle_id else "*"
        kinds = [
            kind
            for kind in _VEHICLE_KINDS
            if kind is not Kind.POSITION or device.kind != SenderKind.PERSONAL or not has_fitted
        ]
        publish += [f"in.{place}.{PARTITIONED_SEGMENTS[kind]}.{operator}.{vehicle}" for kind in kinds]
        publish.append(f"corridor.v1.vehicles.{operator}.{vehicle}.{VEHICLE_SEGMENTS[Kind.VEHICLE_STATUS]}")
        publish.append(f"in.{place}.{OWNTRACKS_SEGMENT}.{operator}.{vehicle}")
        owntracks = f"{OWNTRACKS_SEGMENT}.{operator}.{vehicle}"
        publish += [owntracks, *(f"{owntracks}.{extra}" for extra in OWNTRACKS_EXTRAS)]
        subscribe += [f"corridor.v1.receipts.{operator}.{vehicle}", f"{owntracks}.cmd"]
    if device.post_id is not None and device.agency is not None and device.vehicle_id is None:
        post, agency = device.post_id, device.agency
        place = str(partition_of(post, agency, partitions))
        publish += [f"in.{place}.{PARTITIONED_SEGMENTS[kind]}.{post}.{agency}" for kind in _POST_KINDS]
        subscribe += [f"corridor.v1.receipts.posts.{post}.{agency}", f"corridor.v1.posts.{post}.expected"]
    return User(device.device_id, device.mqtt_hash, tuple(publish), tuple(subscribe))


def configuration(
    plan: BrokerPlan, users: Sequence[User], route_secret: str = "", *, old_permissions: bool = False
) -> str:
    """Return the configuration file of a server that only `users` may enter.

    Servers before 2.14 want `old_permissions`: explicit leave for their own deliveries.
    """
    lines = [
        f"server_name: {_text(plan.cluster.server_name if plan.cluster else 'corridor')}",
        # Its own protocol and its figures are for this machine only, on ports of its choice; devices speak MQTT.
        'host: "127.0.0.1"',
        "port: -1",
        'http: "127.0.0.1:-1"',
        f"ports_file_dir: {_text(str(plan.directory))}",
        f"log_file: {_text(str(plan.log_file))}",
        "logtime_utc: true",
        "logfile_size_limit: 33554432",
        "logfile_max_num: 5",
        f"max_payload: {plan.body_limit_bytes + SLACK_BYTES}",
        "max_pending: 268435456",
        # What a device was told is received is on the disk, not in a cache.
        f"jetstream {{ store_dir: {_text(str(plan.directory / 'store'))}, sync_interval: always }}",
        *_mqtt(plan),
        *_cluster(plan, route_secret),
        "accounts {",
        f" {ACCOUNT} {{",
        "  jetstream: enabled",
        "  mappings {",
        *(f"   {_text(source)}: {_text(target)}" for source, target in mappings(plan.partitions).items()),
        "  }",
        "  users [",
        *(_user(user, old_permissions) for user in users),
        "  ]",
        " }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def mappings(partitions: int) -> dict[str, str]:
    """Return how subjects are spread over partitions: all of one coach or post to the same."""
    sources = {
        f"corridor.v1.vehicles.*.*.{VEHICLE_SEGMENTS[kind]}": PARTITIONED_SEGMENTS[kind] for kind in _VEHICLE_KINDS
    }
    sources |= {f"corridor.v1.posts.*.*.{POST_SEGMENTS[kind]}": PARTITIONED_SEGMENTS[kind] for kind in _POST_KINDS}
    sources[f"{OWNTRACKS_SEGMENT}.*.*"] = OWNTRACKS_SEGMENT
    return {
        source: f"in.{{{{partition({partitions},1,2)}}}}.{segment}.{{{{wildcard(1)}}}}.{{{{wildcard(2)}}}}"
        for source, segment in sources.items()
    }


def _mqtt(plan: BrokerPlan) -> list[str]:
    # There is one such block: with a certificate every client speaks TLS, ours included.
    lines = [
        "mqtt {",
        f" host: {_text(plan.host)}",
        f" port: {plan.port}",
        f' ack_wait: "{plan.ack_wait_s}s"',
        f" max_ack_pending: {plan.max_ack_pending}",
    ]
    if plan.tls_cert and plan.tls_key:
        lines.append(f" tls {{ cert_file: {_text(str(plan.tls_cert))}, key_file: {_text(str(plan.tls_key))} }}")
    if plan.cluster:
        lines += [f" stream_replicas: {plan.cluster.replicas}", f" consumer_replicas: {plan.cluster.replicas}"]
    return [*lines, "}"]


def _cluster(plan: BrokerPlan, route_secret: str) -> list[str]:
    if plan.cluster is None:
        return []
    routes = ", ".join(_text(f"nats-route://route:{route_secret}@{route}") for route in plan.cluster.routes)
    return [
        "cluster {",
        f" name: {_text(plan.cluster.name)}",
        f" listen: {_text(plan.cluster.listen)}",
        f" authorization {{ user: route, password: {_text(route_secret)} }}",
        f" routes: [{routes}]",
        "}",
    ]


def _user(user: User, old_permissions: bool) -> str:
    subscribe = [*user.subscribe, *(["$MQTT.sub.>"] if old_permissions and user.subscribe else [])]
    return (
        f"   {{ user: {_text(user.name)}, password: {_text(user.password_hash)}, "
        f'allowed_connection_types: ["MQTT"], permissions: {{ publish: {_allowed(user.publish)}, '
        f"subscribe: {_allowed(subscribe)} }} }}"
    )


def _allowed(subjects: Sequence[str]) -> str:
    # An empty list would mean everything.
    return f"{{ allow: [{', '.join(map(_text, subjects))}] }}" if subjects else '{ deny: ">" }'


def _text(value: str) -> str:
    return json.dumps(value)
