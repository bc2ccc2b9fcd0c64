"""What the broker refused, read from its log: MQTT 3.1.1 has no answer for it, so it is counted under the device.

The log names the connection and the client id, which anybody may choose; who signed in on that connection is asked of
the broker itself (`who`).
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import structlog

from telemetry.nats_config import partition_of
from telemetry.topics import build, parse
from tracker.errors import DatabaseAway

log = structlog.get_logger(__name__)

TOPIC_NOT_ALLOWED = "topic_not_allowed"
SUBSCRIPTION_NOT_ALLOWED = "subscription_not_allowed"
TOPIC_ILLEGAL = "topic_illegal"
BODY_TOO_LARGE = "body_too_large"
WRONG_CREDENTIALS = "wrong_credentials"

POLL_S = 0.3
MOST_AT_ONCE = 50  # of the same refusal in one round; a broken device must not keep the database busy
MOST_WAITING = 5_000  # different refusals kept while the database is away

_LINE = re.compile(
    r"^\[\d+\] (?P<at>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+)(?: UTC)? \[(?P<level>[A-Z]{3})\] (?P<text>.*)$"
)
_CLIENT = re.compile(r"^\S+ - mid:(?P<number>\d+)(?: - \"(?P<client>(?:[^\"\\]|\\.)*)\")? - (?P<what>.*)$")
_VIOLATION = re.compile(
    r"^(?P<kind>Publish|Subscription) Violation - (?:User \"[^\"]*\", )?Subject \"(?P<subject>.*?)\"(?:,|$)"
)
_SIGNS = {
    "maximum payload exceeded": BODY_TOO_LARGE,
    "not supported for MQTT topics": TOPIC_ILLEGAL,
    "topic cannot be empty": TOPIC_ILLEGAL,
    "invalid topic": TOPIC_ILLEGAL,
    "invalid utf8 for topic": TOPIC_ILLEGAL,
}
_WRONG_USER = re.compile(r'^authentication error - User "(?P<user>[^"]*)"')


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing the broker refused. `connection` is its number there; `user` stands where the log names one."""

    code: str
    topic: str
    connection: int
    user: str | None
    at: datetime


def parse_line(line: str, partitions: int) -> Refusal | None:
    """Return the refusal that a line of the log tells of, None for every other line."""
    outer = _LINE.match(line.rstrip("\n"))
    if outer is None or outer["level"] != "ERR":
        return None
    inner = _CLIENT.match(outer["text"])
    if inner is None:
        return None
    at = datetime.strptime(outer["at"], "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC)
    number, what = int(inner["number"]), inner["what"]
    if violation := _VIOLATION.match(what):
        code = TOPIC_NOT_ALLOWED if violation["kind"] == "Publish" else SUBSCRIPTION_NOT_ALLOWED
        return Refusal(code, written_topic(violation["subject"], partitions), number, None, at)
    if wrong := _WRONG_USER.match(what):
        return Refusal(WRONG_CREDENTIALS, "", number, wrong["user"], at)
    for sign, code in _SIGNS.items():
        if sign in what:
            return Refusal(code, "", number, None, at)
    return None


def written_topic(subject: str, partitions: int) -> str:
    """Return the topic a device wrote, from the subject that a broker with so many partitions made of it."""
    topic = subject.replace("//", "\0").replace("/.", "\1").replace(".", "/").replace("\1", "//").replace("\0", ".")
    known = parse(topic)
    if known is None or known.partition != partition_of(known.first, known.second, partitions):
        return topic  # written like that
    return build(replace(known, partition=None))


class LogTail:
    """Follows the log in a thread of its own and notes refusals."""

    def __init__(
        self,
        file: Path,
        who: Callable[[int], str | None],
        note: Callable[[str, str, str, datetime], None],
        partitions: int,
    ) -> None:
        """Read what is appended to `file` from now on.

        `who(connection)` tells who signed in there; `note(device_id, code, topic, at)` keeps a refusal.
        """
        self._file, self._who, self._note, self._partitions = file, who, note, partitions
        self._waiting: Counter[tuple[str, str, str]] = Counter()
        self._last: dict[tuple[str, str, str], datetime] = {}
        self._users: dict[int, str] = {}
        self._stop = threading.Event()
        self._start_at = file.stat().st_size if file.exists() else 0
        self._thread = threading.Thread(target=self._run, name="broker-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read what is there, then end the thread."""
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        handle: TextIO | None = None
        inode, rest = 0, ""
        while True:
            last = self._stop.is_set()
            try:
                if handle is None and self._file.exists():
                    handle = self._file.open(encoding="utf-8", errors="replace")
                    handle.seek(self._start_at)
                    self._start_at, inode = 0, self._file.stat().st_ino
                if handle is not None:
                    rest = self._take(rest + handle.read())
                    if self._file.exists() and self._file.stat().st_ino != inode:  # the broker began a new file
                        self._take(rest + handle.read() + "\n")
                        handle.close()
                        handle, rest = None, ""
                self._hand_on()
            except Exception as error:  # the edge of the thread: a log that cannot be read must not end it
                log.warning("broker_log_unreadable", error=repr(error))
            if last:
                if handle is not None:
                    handle.close()
                return
            self._stop.wait(POLL_S)

    def _take(self, text: str) -> str:
        *lines, rest = text.split("\n")
        for line in lines:
            refusal = parse_line(line, self._partitions)
            if refusal is None:
                continue
            user = refusal.user if refusal.user is not None else self._user(refusal.connection)
            if not user:
                log.info("refusal_of_unknown", code=refusal.code, topic=refusal.topic)
                continue
            key = (user, refusal.code, refusal.topic)
            if key in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[key] += 1
                self._last[key] = refusal.at
        return rest

    def _user(self, connection: int) -> str | None:
        user = self._users.get(connection)
        if user is None:
            user = self._who(connection)
            if user is not None:
                if len(self._users) > MOST_WAITING:
                    self._users.clear()
                self._users[connection] = user
        return user

    def _hand_on(self) -> None:
        for key, times in list(self._waiting.items()):
            try:
                for _ in range(min(times, MOST_AT_ONCE)):
                    self._note(*key, self._last[key])
            except DatabaseAway:
                return
            log.info("broker_refused", device_id=key[0], code=key[1], topic=key[2], times=times)
            del self._waiting[key], self._last[key]
