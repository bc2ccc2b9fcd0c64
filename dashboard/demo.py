"""The demo: accounts to sign in with, one per role, and assumed exchange rates. For `corridor demo`, never in production."""

from __future__ import annotations

import os
import secrets
from datetime import date, datetime, timedelta
from pathlib import Path

import orjson

from checkpoints.exchange_rates import ExchangeRateRecord
from dashboard.accounts import create_user, find_user
from tracker.database import Database
from tracker.errors import NotAllowed
from tracker.scope import Role
from tracker.settings import Settings

PEOPLE: tuple[tuple[str, str, Role, dict[str, str]], ...] = (
    ("monitor", "Demo monitor", Role.MONITOR, {}),
    ("dispatcher", "Demo dispatcher, Lagune Express", Role.DISPATCHER, {"operator_id": "LAGUNE"}),
    ("driver", "Demo driver, Lagune Express", Role.DRIVER, {"operator_id": "LAGUNE"}),
    ("official", "Demo official, Kraké", Role.OFFICIAL, {"post_id": "BJ-krake", "agency": "immigration"}),
    ("focalpoint", "Demo focal point, Ghana", Role.FOCAL_POINT, {"country": "GH"}),
    ("protection", "Demo protection officer", Role.PROTECTION_OFFICER, {}),
    ("admin", "Demo administrator", Role.ADMINISTRATOR, {}),
)


# Assumptions, so that the demo's figures stand beside one another in XOF; their source says so wherever they are shown.
RATES = {"GHS": 55.0, "NGN": 0.4}
RATES_SOURCE = "assumed for the demo, no market rate"


def demo_rates(database: Database, today: date) -> None:
    """Enter an assumed exchange rate for this month and the two before it, where none is known."""
    with database.writing() as session:
        first = today.replace(day=1)
        for _ in range(3):
            for currency, xof in RATES.items():
                if session.get(ExchangeRateRecord, (currency, first)) is None:
                    session.add(ExchangeRateRecord(currency=currency, on=first, xof=xof, source=RATES_SOURCE))
            first = (first - timedelta(days=1)).replace(day=1)


def demo_accounts(database: Database, settings: Settings, now: datetime) -> list[tuple[str, str, str]]:
    """Make the demo accounts that are missing; return `(user name, password, role)` of each.

    Passwords are random per installation and kept in the data directory, readable by its owner only.

    Raises:
        NotAllowed: this is a production installation.
    """
    if settings.environment == "production":
        raise NotAllowed("no_demo_in_production")
    file: Path = settings.data_dir / "demo_accounts.json"
    passwords: dict[str, str] = orjson.loads(file.read_bytes()) if file.exists() else {}
    with database.writing() as session:
        for username, display_name, role, scope in PEOPLE:
            if find_user(session, username) is None:
                passwords[username] = "-".join(secrets.token_hex(2) for _ in range(4))
                create_user(session, username, display_name, role, now=now, password=passwords[username], **scope)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(orjson.dumps(passwords))
    return [(name, passwords.get(name, "?"), role.value) for name, _, role, _ in PEOPLE]
