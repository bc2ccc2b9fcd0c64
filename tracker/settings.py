"""Settings: read from the environment (prefix `CORRIDOR_`) or a `.env` file, typed, and refused when unsafe or unknown.

`pydantic-settings` ignores an environment variable it does not know, so that a typing error would silently leave the
default in force; `load_settings` looks for such names itself. `CORRIDOR_TEST_*` belongs to the tests.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tracker.errors import BadSetting, Reason

PREFIX = "CORRIDOR_"
SHORTEST_SECRET = 32  # characters; 256 bits as hex are 64, as base64 43
GUESSABLE = ("changeme", "change-me", "changethis", "change-this", "secret", "password", "example", "default")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Settings(BaseSettings):
    """Everything that may differ between two installations. Durations and sizes name their unit."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    environment: Literal["demo", "production"] = Field("demo", description="`production` refuses unsafe settings")
    data_dir: Path = Field(Path(".data"), description="where the embedded database, broker store and secrets lie")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data directory")
    broker_url: str = Field("", description="mqtt:// or mqtts:// of the broker; empty: the embedded one")
    broker_kind: Literal["nats", "mqtt"] = Field(
        "nats", description="`nats`: partitioned, many workers; `mqtt`: Mosquitto, EMQX and others, one worker"
    )
    broker_user: str = Field("", description="user of the ingest worker at a broker of kind `mqtt`")
    broker_password: str = Field("", description="password of the ingest worker at a broker of kind `mqtt`")
    broker_host: str = Field("127.0.0.1", description="address on which the broker we start listens")
    broker_port: int = Field(1883, ge=0, le=65535, description="MQTT port of the broker we start")
    broker_tls_cert: Path | None = Field(None, description="certificate file for MQTT over TLS")
    broker_tls_key: Path | None = Field(None, description="key file for MQTT over TLS")
    broker_tls_port: int = Field(8883, ge=0, le=65535, description="port of MQTT over TLS, when a certificate is given")
    broker_ca: Path | None = Field(None, description="certificate authority that our own MQTT clients trust")
    partitions: int = Field(8, ge=1, le=64, description="partitions of the broker's stream; fixed once data has flowed")
    secret_key: str = Field("", description="seals free text, signs sessions; required in production")
    public_url: str = Field("", description="the address people type, for links and QR codes")
    host: str = Field("127.0.0.1", description="address on which the web server listens")
    port: int = Field(8000, ge=0, le=65535, description="port on which the web server listens")
    trusted_proxies: str = Field("127.0.0.1", description="addresses of reverse proxies whose forwarded headers count")
    body_limit_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="largest body at any door")
    array_limit: int = Field(500, ge=1, le=5000, description="most elements of an array at any door")
    device_rate_per_minute: int = Field(600, ge=1, description="requests per minute that one device may make")
    address_rate_per_minute: int = Field(1200, ge=1, description="requests per minute from one address without sign-in")
    write_queue: int = Field(20_000, ge=100, description="messages waiting for the writer before doors say `later`")
    tick_s: int = Field(60, ge=1, le=3600, description="seconds between two `Tick` entries of the log")
    session_hours: int = Field(12, ge=1, le=720, description="hours a sign-in lasts without use")
    future_tolerance_s: int = Field(300, ge=0, description="seconds a clock may be ahead before a time is refused")
    # What it takes until a rule of flags speaks (`checkpoints/thresholds.py`); unit first, then the reason for the default.
    flag_quiet_days: int = Field(
        14, ge=1, le=365, description="days without new evidence until a flag closes: a patrol's leave is a week or two"
    )
    flag_same_km: float = Field(
        1.0,
        gt=0,
        le=10,
        description="kilometres within which next week's finding is the same flag: receivers and queues",
    )
    flag_unlisted_window_days: int = Field(
        35,
        ge=2,
        le=366,
        description="days of traffic that are searched: a month, so that its first barrier is seen whole",
    )
    flag_unlisted_least_passes: int = Field(
        3, ge=1, description="passes of a section under which it is not searched: fewer have no base rate"
    )
    flag_unlisted_least_coaches: int = Field(
        3, ge=2, description="distinct coaches halted at a place: two may be on one errand"
    )
    flag_unlisted_least_operators: int = Field(
        2, ge=1, description="distinct operators halted, where more than one drives: one company's stop is its own"
    )
    flag_unlisted_least_confidence: float = Field(
        0.5, ge=0, le=0.99, description="confidence (share of such findings that are right): below half more are wrong"
    )
    flag_unlisted_false_alarms: float = Field(
        0.01, gt=0, le=1, description="places found by chance a section and search: one in a hundred can be looked into"
    )
    flag_reports_window_days: int = Field(
        28,
        ge=1,
        le=366,
        description="days for which a report of payment or harassment speaks of now: four weeks' turns",
    )
    flag_harassment_least_reports: int = Field(
        1,
        ge=1,
        description="reports of harassment on a stretch: one is looked at, at low confidence; protected kinds always",
    )
    flag_payment_least_reports: int = Field(
        1, ge=1, description="controls with an illicit payment at a place: one is looked at, at low confidence"
    )
    flag_payment_repeated: int = Field(
        3, ge=2, description="controls of two coaches from which payments count as repeated: no longer one crew's word"
    )
    flag_payment_place_km: float = Field(
        1.0,
        gt=0,
        le=10,
        description="kilometres within which payments were taken at one place: the error of a report's place",
    )
    flag_excess_weeks: int = Field(
        4,
        ge=1,
        le=52,
        description="weeks back for which stops are compared with a norm: later reports have come by then",
    )
    flag_excess_tolerance: float = Field(
        1.0,
        gt=0,
        description="stops a trip above a norm that are let pass: one mistaken report of a trip makes as much",
    )
    flag_excess_sureness: float = Field(
        0.8, gt=0, le=1, description="share of bootstrap draws above the norm: four in five are worth a look"
    )
    flag_excess_grave: float = Field(
        5.0, gt=0, description="stops a trip above a norm from which it is grave: double the mechanism's three or four"
    )
    flag_excess_points_coaches: int = Field(
        2,
        ge=1,
        description="coaches a day that tell of each post of an authorised place: one may be off by a kilometre",
    )
    flag_device_stands_days: int = Field(
        7, ge=1, le=90, description="days a coach stands while its device speaks: a repair takes less than a week"
    )
    flag_device_stands_others: int = Field(
        2,
        ge=0,
        description="other coaches of its company that drove meanwhile: else the company stands, not the device",
    )
    flag_device_window_days: int = Field(
        7, ge=1, le=90, description="days of fixes of which the refused share is taken: a week has every kind of day"
    )
    flag_device_least_fixes: int = Field(
        200, ge=1, description="fixes under which a share says nothing: an hour and a half at two a minute"
    )
    flag_device_clock_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="share of fixes with a wrong clock: satellites' clocks are never wrong, a fifth is no accident",
    )
    flag_device_refused_share: float = Field(
        0.3,
        gt=0,
        le=1,
        description="share of fixes refused as impossible: good receivers in towns lose one in a hundred",
    )
    flag_border_window_days: int = Field(
        28,
        ge=7,
        le=90,
        description="days of crossings looked at by post: four weeks, so that each weekday counts alike",
    )
    flag_border_least: int = Field(
        10,
        ge=1,
        description="coaches that a post must have logged, or missed, before its log is judged: fewer is chance",
    )
    flag_border_unlogged_share: float = Field(
        0.1, ge=0, le=1, description="share of coaches that a log may miss, with certainty: paper logs lose some"
    )
    flag_border_least_disputes: int = Field(
        3, ge=1, description="disputed crossings at a post, of two coaches at least: one may be a wrong clock"
    )
    flag_border_grave_minutes: int = Field(
        60,
        ge=1,
        description="median minutes between log and positions of a grave dispute: twice what two honest sources differ",
    )
    flag_border_least_unmatched: int = Field(
        3, ge=1, description="coaches logged out that never came to the other side: one may have ended its trip there"
    )
    flag_border_least_off_post: int = Field(
        1, ge=1, description="crossings away from the post: one is worth a look, at a low confidence"
    )
    flag_delay_usual_weeks: int = Field(
        8, ge=2, le=52, description="weeks before the last one that are taken as usual: two months outlast a holiday"
    )
    flag_delay_factor: float = Field(
        1.5, gt=1, description="how many times the usual dwell is a delay: less is the difference between two weeks"
    )
    flag_delay_least_minutes: int = Field(
        15, ge=0, description="minutes longer than usual, at least: half as long again as five minutes is no delay"
    )
    flag_delay_sureness: float = Field(
        0.9,
        ge=0.5,
        lt=1,
        description="share of draws of coaches in which it is so much longer: one breakdown is no queue",
    )
    flag_manifest_least: int = Field(
        5, ge=1, description="passengers that sheet and log must differ by: some get off on the way"
    )
    flag_manifest_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="share of the passengers that they must differ by, too: five of sixty is a coincidence",
    )
    log_format: Literal["console", "json"] = Field("console", description="form of the log lines")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    @property
    def resolved_database_url(self) -> str:
        """The database URL in force, with psycopg 3 as PostgreSQL's driver."""
        url = self.database_url or f"sqlite:///{(self.data_dir / 'corridor.sqlite3').absolute()}"
        scheme, _, rest = url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url

    @property
    def resolved_public_url(self) -> str:
        """The address people type, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings; `overrides` (command line) win over the environment.

    Raises:
        BadSetting: with every unknown name, wrong value and unsafe combination.
    """
    environ = os.environ if environ is None else environ
    reasons = [
        Reason("unknown_setting", name)
        for name in sorted(environ)
        if name.startswith(PREFIX)
        and not name.startswith(f"{PREFIX}TEST_")
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    ]
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        reasons += [
            Reason("wrong_setting", f"{PREFIX}{'_'.join(map(str, e['loc'])).upper()}", {"detail": e["msg"]})
            for e in error.errors()
        ]
        raise BadSetting(reasons=reasons) from error
    reasons += _unsafe(settings)
    if reasons:
        raise BadSetting(reasons=reasons)
    return settings


def _unsafe(settings: Settings) -> list[Reason]:
    reasons = []
    if settings.secret_key and len(settings.secret_key) < SHORTEST_SECRET:
        reasons.append(Reason("secret_too_short", "CORRIDOR_SECRET_KEY", {"least": SHORTEST_SECRET}))
    if any(word in settings.secret_key.lower() for word in GUESSABLE):
        reasons.append(Reason("secret_guessable", "CORRIDOR_SECRET_KEY"))
    if (settings.broker_tls_cert is None) != (settings.broker_tls_key is None):
        reasons.append(Reason("tls_needs_both", "CORRIDOR_BROKER_TLS_CERT"))
    if settings.environment == "production":
        if not settings.secret_key:
            reasons.append(Reason("secret_missing", "CORRIDOR_SECRET_KEY"))
        if settings.public_url and urlsplit(settings.public_url).scheme != "https":
            reasons.append(Reason("public_url_not_https", "CORRIDOR_PUBLIC_URL"))
        if not settings.public_url:
            reasons.append(Reason("public_url_missing", "CORRIDOR_PUBLIC_URL"))
    return reasons


def secret_of(settings: Settings) -> str:
    """Return the secret key, making one in the data directory for the demo; it survives restarts.

    The file is readable by its owner only.
    """
    if settings.secret_key:
        return settings.secret_key
    file = settings.data_dir / "secret_key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_urlsafe(48))
    return file.read_text().strip()
