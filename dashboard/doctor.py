"""What is wrong with this installation, and how to mend it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dashboard.audit import verify as verify_audit
from dashboard.migrate import is_current
from dashboard.paths import STATIC
from dashboard.pipeline import make_pipeline
from telemetry.broker import find_server
from tracker.countries import are_borders_built
from tracker.database import Database
from tracker.errors import CorridorError
from tracker.log import verify as verify_log
from tracker.settings import Settings

LEAST_DISK_BYTES = 2 * 1024**3
MOST_LAG = 50_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `code` has a sentence for good (`doctor.CODE.good`) and for bad, which says how to mend it."""

    code: str
    good: bool
    values: dict[str, Any] = field(default_factory=dict)


def examine(settings: Settings, database: Database) -> Iterator[Finding]:
    """Look at every part, the ones that others need first."""
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else ".").free
    yield Finding(
        "disk", free >= LEAST_DISK_BYTES, {"free_mb": free // 1024**2, "least_mb": LEAST_DISK_BYTES // 1024**2}
    )
    yield Finding("assets", (STATIC / "vendor" / "leaflet" / "leaflet.js").exists(), {})
    yield Finding("borders", are_borders_built(), {})
    yield Finding("broker_program", find_server() is not None, {})
    yield _broker(settings)
    if not database.is_reachable():
        yield Finding("database", False, {"url": database.engine.url.render_as_string()})
        return
    yield Finding("database", True, {"url": database.engine.url.render_as_string()})
    yield Finding("tables", is_current(database), {})
    try:
        lag = make_pipeline(database, settings).lag()
        yield Finding("lag", lag <= MOST_LAG, {"rows": lag})
        with database.reading() as session:
            broken = [seq for seq, intact in verify_log(session) if not intact]
            yield Finding("log_chain", not broken, {"rows": len(broken)})
            broken = [row for row, intact in verify_audit(session) if not intact]
            yield Finding("audit_chain", not broken, {"rows": len(broken)})
    except CorridorError as error:
        yield Finding("database", False, {"url": str(error)})


def _broker(settings: Settings) -> Finding:
    parts = urlsplit(settings.broker_url)
    host, port = parts.hostname or settings.broker_host, parts.port or settings.broker_port
    host = "127.0.0.1" if host == "0.0.0.0" else host
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return Finding("broker", False, {"host": host, "port": port})
    return Finding("broker", True, {"host": host, "port": port})
