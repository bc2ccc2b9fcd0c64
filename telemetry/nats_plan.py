"""Where the broker lives and what it allows: what the settings say of it, for configuration, supervisor and clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from telemetry.mqtt_endpoint import Endpoint
from tracker.settings import Settings

MAX_ACK_PENDING = 8_000  # per lane; over about 20,000 the broker delivers nothing at all


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """This server's place in a cluster of three."""

    server_name: str
    listen: str  # host:port for the other servers
    routes: tuple[str, ...]  # host:port of each server, this one included
    name: str = "corridor"
    replicas: int = 3


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """Where the broker lives and what it allows."""

    directory: Path
    host: str = "127.0.0.1"
    port: int = 1883
    tls_cert: Path | None = None
    tls_key: Path | None = None
    partitions: int = 8
    body_limit_bytes: int = 4 * 1024 * 1024
    ack_wait_s: int = 10  # after that, what a worker has not acknowledged comes again
    max_ack_pending: int = MAX_ACK_PENDING
    cluster: ClusterPlan | None = None

    @property
    def log_file(self) -> Path:
        """Where the broker writes its log."""
        return self.directory / "nats.log"


def plan_of(settings: Settings, cluster: ClusterPlan | None = None) -> BrokerPlan:
    """Return the broker that the settings describe."""
    has_tls = settings.broker_tls_cert is not None
    return BrokerPlan(
        directory=(settings.data_dir / "broker").absolute(),
        host=settings.broker_host,
        port=settings.broker_tls_port if has_tls else settings.broker_port,
        tls_cert=settings.broker_tls_cert and settings.broker_tls_cert.absolute(),
        tls_key=settings.broker_tls_key and settings.broker_tls_key.absolute(),
        partitions=settings.partitions,
        body_limit_bytes=settings.body_limit_bytes,
        cluster=cluster,
    )


def local_endpoints(plan: BrokerPlan) -> tuple[Endpoint, ...]:
    """Return how this machine's own programs reach the broker."""
    host = "127.0.0.1" if plan.host in {"0.0.0.0", "::"} else plan.host
    return (Endpoint(host, plan.port, plan.tls_cert is not None, plan.tls_cert, pinned=plan.tls_cert is not None),)
