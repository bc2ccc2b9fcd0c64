"""What a month of a coach costs in data: a trip of thirty hours, sent by the page's own code through a counting proxy."""

import socket
import threading
from contextlib import suppress
from functools import reduce
from pathlib import Path

import pytest

from tests.browser.test_field import pair, phone
from tests.browser.test_road import fleet, phone_of

pytestmark = pytest.mark.browser
COACH = "sti-0"
TRIPS_A_MONTH = 0.36 * 30
MOST_BYTES = 3_000_000
OPENED = 6  # times that the page is opened on a trip
REPORTS = 12  # controls and borders that are reported on it

TRIP = Path(__file__).with_name("thirty_hours.js").read_text(encoding="utf-8")


class Counter:
    """A proxy on loopback that counts what passes both ways."""

    def __init__(self, port: int) -> None:
        self.target, self.bytes = port, {"up": 0, "down": 0}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self.target)) as far:
            back = threading.Thread(target=self._pass, args=("down", far, near), daemon=True)
            back.start()
            self._pass("up", near, far)
            back.join()

    def _pass(self, way: str, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.bytes[way] += len(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def test_a_month_of_a_coach_costs_less_than_three_megabytes(chromium, tmp_path, serve, record_property):
    with fleet(tmp_path) as site:
        token, counter = phone_of(site, COACH), Counter(serve(site.app).port)
        with phone(chromium, f"http://127.0.0.1:{counter.port}", f"/field/#pair={token}") as page:
            pair(page)
            flush_s = page.evaluate("import('/static/field/recorder.js').then((one) => one.FLUSH_MS / 1000)")
            page.wait_for_timeout(1000)
            before = dict(counter.bytes)
            values = {"TOKEN": token, "COACH": COACH, "FLUSH_S": flush_s, "REPORTS": REPORTS, "OPENED": OPENED}
            told = page.evaluate(reduce(lambda script, one: script.replace(one[0], str(one[1])), values.items(), TRIP))
        counter.listener.close()
    up, down = (counter.bytes[way] - before[way] for way in ("up", "down"))
    month = round((up + down) * TRIPS_A_MONTH)
    record_property("month_bytes", month)
    assert set(told["states"]) == {"accepted"}
    assert 2000 < told["kept"] < 4000
    assert month < MOST_BYTES, f"{told['kept']} positions, {up} bytes up, {down} down"
