"""`corridor demo`, which is `make run`: everything in one go, with a simulated fleet and accounts to sign in with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Annotated

import typer
from rich.table import Table

from dashboard.commands import serve
from dashboard.commands.context import console, open_database, settings
from dashboard.demo import demo_accounts, demo_rates
from dashboard.seeding import seed
from operators.registration import register_operator
from telemetry.simulator.fleet import companies_of
from telemetry.simulator.scenario_files import DEFAULT, load_scenario
from tracker.clock import SystemClock

START_SIMULATOR = "from dashboard.cli import main; main()"


def demo(
    host: Annotated[
        str, typer.Option(help="address to listen on; 0.0.0.0 for phones on the local network")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
) -> None:
    """Start web, broker, ingest and a simulated fleet, and print how to sign in."""
    os.environ["CORRIDOR_HOST"], os.environ["CORRIDOR_PORT"] = host, str(port)
    os.environ["CORRIDOR_BROKER_HOST"] = host
    os.environ.setdefault("CORRIDOR_LOG_LEVEL", "error")  # people read this terminal
    os.environ.setdefault("CORRIDOR_PUBLIC_URL", f"http://{_address(host)}:{port}")
    chosen, clock = settings(), SystemClock()
    database = open_database(chosen)
    seed(database, clock)
    with database.writing() as session:
        for company in companies_of(load_scenario(DEFAULT)):
            register_operator(session, company.operator_id, company.name, company.country, clock.now())
    demo_rates(database, clock.now().date())
    accounts = demo_accounts(database, chosen, clock.now())
    database.close()
    table = Table("user name", "password", "role", title="demo sign-ins", title_justify="left")
    for row in accounts:
        table.add_row(*row)
    console.print(table)
    console.print(f"web     {chosen.resolved_public_url}", highlight=False)
    console.print(f"MQTT    mqtt://{_address(host)}:{chosen.broker_port}", highlight=False)
    console.print("stop    Ctrl-C", highlight=False)
    fleet = subprocess.Popen([sys.executable, "-c", START_SIMULATOR, "simulate"])
    try:
        serve.serve(host=host, port=port, with_broker=True, with_ingest=True)
    finally:
        fleet.terminate()
        fleet.wait(timeout=10)


def _address(host: str) -> str:
    """Return the address other devices use: where this machine is reached when it listens everywhere."""
    if host != "0.0.0.0":
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:  # UDP: nothing is sent, the routing table is asked
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
