import io

import structlog

from dashboard.logs import Unbreakable, set_up_logs
from tracker.settings import load_settings


class Broken(io.StringIO):
    def write(self, text):
        raise BrokenPipeError

    def flush(self):
        raise ValueError("closed")


def test_a_line_that_nobody_can_take_ends_nothing():
    stream = Unbreakable(Broken())
    assert stream.write("x") == 1
    stream.flush()


def test_json_lines_name_event_level_and_time(monkeypatch, tmp_path):
    taken = io.StringIO()
    monkeypatch.setattr("sys.stderr", taken)
    before = structlog.get_config()
    set_up_logs(load_settings({}, data_dir=tmp_path, log_format="json"))
    structlog.get_logger("x").warning("it_happened", coach="BUS")
    structlog.configure(**before)
    assert '"event": "it_happened"' in taken.getvalue()
    assert '"coach": "BUS"' in taken.getvalue()
    assert '"level": "warning"' in taken.getvalue()
