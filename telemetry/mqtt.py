"""MQTT on the wire: the only place that knows paho.

A `Wire` is one connection, made once and thrown away when it breaks. It has no thread: paho's own selects once per
packet, asks the socket for one byte, one byte and the rest, and sends each acknowledgement by itself. With other
threads at work every such call gives the interpreter away, and it comes back milliseconds later. So bytes are read and
acknowledgements written in large pieces here. (`_sock_recv` and `_handle_publish` are not public; tests would notice.)
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from telemetry.mqtt_endpoint import Endpoint, Identity, Will, parse_endpoints

__all__ = ["Endpoint", "Hooks", "Identity", "Received", "Will", "Wire", "parse_endpoints"]

PIECE_BYTES = 256 * 1024
PACKETS_PER_READ = 400  # then the other connections of the loop have their turn
CONNECT_TIMEOUT_S = 4.0
FINISH_S = 2.0  # the rest of a packet that was sent in part
PUBACK = b"\x40\x02"


@dataclass(slots=True, eq=False)
class Received:
    """One message as it arrived; compared by identity."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    retained: bool


class Hooks(Protocol):
    """What a wire tells; called while it connects or reads. Nothing here may block or raise."""

    def wire_opened(self, session_present: bool) -> None:
        """Act on the broker's yes."""
        ...

    def wire_refused(self, reason: str) -> None:
        """Act on the broker's no."""
        ...

    def wire_lost(self, wire: Wire) -> None:
        """Act on the end of the connection."""
        ...

    def arrived(self, message: Received) -> None:
        """Take one message."""
        ...

    def subscribed(self, mid: int, refused: bool) -> None:
        """Act on the broker's answer to a subscription."""
        ...

    def published(self, mid: int) -> None:
        """Act on the broker's acknowledgement."""
        ...

    def watch(self, sock: Any) -> None:
        """Begin to look at a socket."""
        ...

    def unwatch(self, sock: Any) -> None:
        """Look no more at a socket."""
        ...

    def want_write(self, sock: Any, wanted: bool) -> None:
        """Say whether the socket should be looked at for writing."""
        ...


class Wire(paho.Client):
    """One MQTT 3.1.1 connection whose messages are acknowledged by hand."""

    def __init__(self, identity: Identity, endpoint: Endpoint, hooks: Hooks, *, clean: bool, will: Will | None) -> None:
        """Prepare; `open` connects."""
        super().__init__(
            CallbackAPIVersion.VERSION2,
            identity.client_id,
            clean_session=clean,
            protocol=paho.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self._endpoint, self._hooks = endpoint, hooks
        self._piece, self._at = b"", 0
        self._packets = 0
        self.connect_timeout = CONNECT_TIMEOUT_S
        self.max_inflight_messages_set(0)
        self.max_queued_messages_set(0)
        if identity.user:
            self.username_pw_set(identity.user, identity.password)
        if endpoint.tls:
            self.tls_set_context(endpoint.tls_context())
        if will is not None:
            self.will_set(will.topic, will.payload, 1, will.retain)
        self.on_socket_open = lambda _c, _u, sock: hooks.watch(sock)
        self.on_socket_close = lambda _c, _u, sock: hooks.unwatch(sock)
        self.on_socket_register_write = lambda _c, _u, sock: hooks.want_write(sock, True)
        self.on_socket_unregister_write = lambda _c, _u, sock: hooks.want_write(sock, False)
        self.on_connect = self._told_connect
        self.on_disconnect = lambda *_: hooks.wire_lost(self)
        self.on_publish = self._told_publish
        self.on_subscribe = self._told_subscribe

    def open(self, keepalive_s: int) -> None:
        """Connect; the broker's answer comes later, through the hooks.

        Raises:
            OSError: nobody listens there, or its certificate is not trusted.
        """
        self.connect(self._endpoint.host, self._endpoint.port, keepalive_s)

    def pull(self) -> bool:
        """Take packets that have arrived and say whether there are more, which the socket need not show."""
        for _ in range(PACKETS_PER_READ):
            before = self._packets
            if self.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS or self._packets == before:
                break
        sock = self.socket()
        return sock is not None and (
            self._at < len(self._piece) or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)
        )

    def push(self) -> None:
        """Send what could not be sent at once."""
        self.loop_write()
        sock = self.socket()
        if sock is not None and not self.want_write():
            self._hooks.want_write(sock, False)

    def acknowledge(self, mids: Sequence[int]) -> int:
        """Acknowledge many messages with one write; return how many went out. The others: again, when there is room."""
        sock = self.socket()
        if sock is None or self.want_write():
            return 0
        data = b"".join([PUBACK + mid.to_bytes(2, "big") for mid in mids])
        try:
            sent = sock.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            sent = 0
        except OSError:
            return 0  # the next read notices that the connection is gone
        if sent % 4:
            sent += self._finish(data[sent : sent + 4 - sent % 4])
        if sent < len(data):
            self._hooks.want_write(sock, True)
        return sent // 4

    def hang_up(self, *, politely: bool) -> None:
        """Close the socket; without a good-bye the broker publishes the last will."""
        if politely:
            self.disconnect()
            self.loop_write()
        sock = self.socket()
        if sock is not None:
            self._hooks.unwatch(sock)
            sock.close()

    def _finish(self, rest: bytes) -> int:
        sock: Any = self.socket()
        sock.settimeout(FINISH_S)
        try:
            sock.sendall(rest)
        except OSError:
            self._hooks.wire_lost(self)  # half a packet is on its way: nothing can follow
            return 0
        sock.setblocking(False)
        return len(rest)

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._at >= len(self._piece):
            if bufsize >= PIECE_BYTES:
                return super()._sock_recv(bufsize)
            self._piece, self._at = super()._sock_recv(PIECE_BYTES), 0
        taken = self._piece[self._at : self._at + bufsize]
        self._at += len(taken)
        return taken

    def _handle_publish(self) -> MQTTErrorCode:
        command, packet = self._in_packet["command"], self._in_packet["packet"]
        self._packets += 1
        qos = command >> 1 & 3
        end = 2 + int.from_bytes(packet[:2], "big")
        begin = end + 2 if qos else end
        if len(packet) < begin or qos > 1:  # we subscribe with QoS 1, so nothing comes with 2
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        mid = int.from_bytes(packet[end:begin], "big")
        topic = packet[2:end].decode("utf-8", "replace")
        self._hooks.arrived(Received(topic, bytes(packet[begin:]), qos, mid, bool(command & 1)))
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _told_connect(self, _c: paho.Client, _u: Any, flags: Any, code: Any, _p: Any) -> None:
        self._packets += 1
        if code.is_failure:
            self._hooks.wire_refused(str(code))
        else:
            self._hooks.wire_opened(bool(flags.session_present))

    def _told_publish(self, _c: paho.Client, _u: Any, mid: int, _r: Any, _p: Any) -> None:
        self._packets += 1
        self._hooks.published(mid)

    def _told_subscribe(self, _c: paho.Client, _u: Any, mid: int, codes: Any, _p: Any) -> None:
        self._packets += 1
        self._hooks.subscribed(mid, any(code.is_failure for code in codes))
