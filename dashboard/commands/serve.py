"""`corridor serve`: web and API; with broker and ingest in one process for a small installation."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from dashboard.commands.context import open_database, settings
from dashboard.main import create_app


def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on")] = None,
    with_broker: Annotated[bool, typer.Option("--with-broker", help="start the embedded MQTT broker too")] = False,
    with_ingest: Annotated[bool, typer.Option("--with-ingest", help="take messages from the broker too")] = False,
) -> None:
    """Serve pages and API."""
    chosen = settings().model_copy(update={k: v for k, v in {"host": host, "port": port}.items() if v is not None})
    app = create_app(chosen, open_database(chosen), with_broker=with_broker, with_ingest=with_ingest)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        log_level="warning",
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=chosen.trusted_proxies,
        timeout_graceful_shutdown=10,
    )
