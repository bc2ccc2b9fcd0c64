"""Lock-out without lock-up: guessing gets slow, the owner does not get locked out.

Failures are counted under three keys, and each has its own patience:

- account and address: after five, each further one doubles the wait, up to fifteen minutes;
- address: after fifty (a mobile network puts thousands of people behind one address);
- account, from wherever: after a hundred, at most one try a minute (a guessing botnet).

A browser that signed in before carries a signed cookie and is counted by itself alone: whatever an attacker does to the
account or the address, its owner still gets in. Nothing is evaluated during a wait, so waiting tries do not count.

Counts lie in the memory of the serving process, at most `MOST_KEYS` of them, and are forgotten an hour after the last
failure. An attacker cannot clear them: he can make us forget the oldest only by failing fifty thousand times.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.clock import Clock
from tracker.errors import TooMany

MOST_KEYS = 50_000
FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` failures cost nothing; then the wait doubles from `first_s` up to `longest_s` seconds."""

    free: int
    first_s: int
    longest_s: int

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures."""
        over = failures - self.free
        return timedelta(seconds=min(self.longest_s, self.first_s * 2 ** min(over, 20))) if over >= 0 else timedelta(0)


PAIR = Patience(free=5, first_s=2, longest_s=900)
ADDRESS = Patience(free=50, first_s=2, longest_s=300)
ACCOUNT = Patience(free=100, first_s=60, longest_s=60)
DEVICE = Patience(free=5, first_s=2, longest_s=900)


@dataclass(slots=True)
class _Count:
    failures: int
    last: datetime


class Lockout:
    """Counts failures and says who has to wait. Safe to share between threads."""

    def __init__(self, clock: Clock, most_keys: int = MOST_KEYS) -> None:
        """Start with nobody waiting."""
        self._clock, self._most = clock, most_keys
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, account: str, address: str, device: str | None = None) -> None:
        """Let a try pass, or say how long to wait. `device` is the nonce of a *verified* known-device cookie.

        Raises:
            TooMany: too early; `retry_after_s` says when to come back.
        """
        now = self._clock.now()
        with self._lock:
            waits = [
                count.last + patience.wait(count.failures) - now
                for key, patience in _keys(account, address, device)
                if (count := self._living(key, now)) is not None
            ]
        longest = max(waits, default=timedelta(0))
        if longest > timedelta(0):
            raise TooMany("sign_in_delayed", retry_after_s=max(1, round(longest.total_seconds())))

    def failed(self, account: str, address: str, device: str | None = None) -> None:
        """Count a failure."""
        now = self._clock.now()
        with self._lock:
            for key, _ in _keys(account, address, device):
                count = self._living(key, now)
                self._counts[key] = _Count((count.failures if count else 0) + 1, now)
                self._counts.move_to_end(key)
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)

    def succeeded(self, account: str, address: str, device: str | None = None) -> None:
        """Forget the failures of this person here.

        The address's stay: an attacker with one account of his own must not clear them by signing in to it.
        """
        with self._lock:
            for key, patience in _keys(account, address, device):
                if patience in (PAIR, DEVICE) and key[0] != "address":
                    self._counts.pop(key, None)

    def __len__(self) -> int:
        return len(self._counts)

    def _living(self, key: tuple[str, ...], now: datetime) -> _Count | None:
        count = self._counts.get(key)
        return count if count is not None and now - count.last < FORGET_AFTER else None


def network_of(address: str) -> str:
    """Return what one attacker has of addresses: IPv4 one, IPv6 a /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _keys(account: str, address: str, device: str | None) -> Iterator[tuple[tuple[str, ...], Patience]]:
    account = account.strip().lower()[:64]
    if device is not None:
        yield ("device", account, device), DEVICE
        return
    network = network_of(address)
    yield ("pair", account, network), PAIR
    yield ("address", network), ADDRESS
    yield ("account", account), ACCOUNT
