from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from telemetry.broker import Broker
from telemetry.devices import DeviceRegistry
from telemetry.mqtt import Endpoint, Identity, Will, parse_endpoints
from telemetry.mqtt_line import Line
from telemetry.nats_plan import BrokerPlan
from telemetry.publisher import Publisher
from tests.servers import free_port, until
from tests.telemetry.lines import POSITIONS, a_publisher, add_device, lanes_of, listening, served, worker_identity
from tracker.clock import SystemClock
from tracker.errors import TooLarge, TooMany

NOWHERE = (Endpoint("127.0.0.1", 1),)


def test_urls_of_brokers_are_read():
    ca = Path("ca.pem")
    assert parse_endpoints("mqtt://broker") == (Endpoint("broker", 1883),)
    assert parse_endpoints("mqtts://a:1, mqtt://b:2", ca) == (Endpoint("a", 1, True, ca), Endpoint("b", 2))


@pytest.mark.parametrize("url", ["", "http://broker", "mqtt://", "broker:1883"])
def test_other_urls_are_refused(url):
    with pytest.raises(ValueError):
        parse_endpoints(url)


def test_passwords_and_client_ids_do_not_show_in_logs():
    assert "hush" not in repr(Identity("hush-id", "user", "hush"))


@pytest.mark.parametrize("topic", ["", "a b", "a/+", "#", "a/*", "a/>"])
def test_a_topic_that_would_cut_the_connection_is_refused_before(topic):
    with pytest.raises(ValueError):
        Publisher(Identity("x"), NOWHERE).send(topic, b"")


def test_so_are_too_large_a_body_and_too_many_messages():
    publisher = Publisher(Identity("x"), NOWHERE, outbox=2)
    with pytest.raises(TooLarge):
        publisher.send("a", bytes(4 * 1024 * 1024 + 1))
    publisher.send("a", b"")
    publisher.send("a", b"")
    with pytest.raises(TooMany):
        publisher.send("a", b"")
    assert publisher.unconfirmed == 2


@pytest.mark.broker
def test_a_repetition_of_what_is_in_flight_is_dropped(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    with listening(nats_broker, sqlite_database, acknowledges=False) as ears, served() as loop:
        publisher = a_publisher(loop, nats_broker, "unit", token)
        for number in range(5):
            publisher.send(POSITIONS, b"%d" % number)
        assert until(lambda: len(ears.heard) == 5)
        assert not until(lambda: len(ears.heard) > 5, 2.6)  # it waits two seconds for an acknowledgement
        for line in ears.lines:
            line.acknowledge_all(ears.heard)
        assert until(lambda: all(line.in_flight == 0 for line in ears.lines))
    with listening(nats_broker, sqlite_database) as later:
        assert not until(lambda: later.heard, 2.6)


@pytest.mark.broker
def test_an_acknowledgement_from_before_a_reconnection_acknowledges_nothing(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    with listening(nats_broker, sqlite_database, acknowledges=False) as ears, served() as loop:
        publisher = a_publisher(loop, nats_broker, "unit", token)
        for number in range(3):
            publisher.send(POSITIONS, b"%d" % number)
        assert until(lambda: len(ears.heard) == 3)
        old = list(ears.heard)
        for line in ears.lines:
            assert line.server is not None
            line.server.drop(line)  # type: ignore[attr-defined]
        assert until(lambda: all(line.in_flight == 0 for line in ears.lines))
        for line in ears.lines:
            line.acknowledge_all(old)
        assert until(lambda: len(ears.heard) == 6, 8)
        assert sorted(ears.payloads()[3:]) == [b"0", b"1", b"2"]


@pytest.mark.broker
def test_many_messages_come_once_each_and_in_order(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    with listening(nats_broker, sqlite_database) as ears, served() as loop:
        publisher = a_publisher(loop, nats_broker, "unit", token)
        wanted = [
            b"%d-" % number + b"x" * (number % 7 * 500 + (300_000 if number == 500 else 0)) for number in range(900)
        ]
        for payload in wanted:
            publisher.send(POSITIONS, payload)
        assert publisher.wait_empty(20)
        assert until(lambda: len(ears.heard) >= 900)
        assert ears.payloads() == wanted


@pytest.mark.broker
def test_a_broken_connection_leaves_its_last_will(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    status = "corridor/v1/vehicles/OP1/COACH-1/status"
    with listening(nats_broker, sqlite_database) as ears, served() as loop:
        publisher = a_publisher(loop, nats_broker, "unit", token, Will(status, b'{"status":"offline"}'))
        publisher.send(status, b'{"status":"online"}', retain=True)
        assert publisher.wait_empty(5)
        loop.drop(publisher)
        assert until(lambda: len(ears.heard) == 2)
        assert [(one.topic, one.payload) for one in ears.heard] == [
            (status, b'{"status":"online"}'),
            (status, b'{"status":"offline"}'),
        ]


@pytest.mark.broker
def test_the_next_endpoint_is_tried(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    with served() as loop:
        endpoints = (Endpoint("127.0.0.1", free_port()), Endpoint("127.0.0.1", free_port()), *nats_broker.endpoints)
        publisher = Publisher(Identity("unit", "unit", token), endpoints)
        loop.add(publisher)
        publisher.send(POSITIONS, b"{}")
        assert publisher.wait_empty(10)


def a_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.broker
# paho leaves a socket whose handshake failed to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_everybody_speaks_tls_when_there_is_a_certificate(tmp_path, sqlite_database):
    cert, key = a_certificate(tmp_path / "tls")
    plan = BrokerPlan(tmp_path / "broker", port=free_port(), tls_cert=cert, tls_key=key, partitions=2, ack_wait_s=2)
    broker = Broker(plan, sqlite_database, DeviceRegistry(sqlite_database, SystemClock()))
    assert broker.start(30)
    try:
        token = add_device(broker, sqlite_database, "unit")
        named = Endpoint("127.0.0.1", plan.port, tls=True, ca=cert)
        with listening(broker, sqlite_database) as ears, served() as loop:
            publisher = Publisher(Identity("unit", "unit", token), [named])
            loop.add(publisher)
            for number in range(200):
                publisher.send(POSITIONS, b"%d" % number + b"x" * 20_000)
            assert publisher.wait_empty(10)
            assert until(lambda: len(ears.heard) == 200)
            for wrong in (replace(named, ca=None), replace(named, tls=False)):
                stranger = Publisher(Identity("stranger", "unit", token), [wrong])
                loop.add(stranger)
                assert not stranger.wait_connected(0.7)
    finally:
        broker.stop()


@pytest.mark.broker
def test_the_first_line_of_a_lane_loses_it_to_the_second(nats_broker, sqlite_database):
    lane = lanes_of(nats_broker, sqlite_database)[0]
    with served() as loop:
        first, second = (
            Line(worker_identity(sqlite_database, lane.client_id), nats_broker.endpoints, lane.filters)
            for _ in range(2)
        )
        loop.add(first)
        assert first.wait_subscribed(5)
        loop.add(second)
        assert second.wait_subscribed(5)
        loop.remove(first)
        assert until(lambda: second.is_connected, 3)
