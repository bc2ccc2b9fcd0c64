"""Signed-in sessions, kept on the server: the cookie carries 256 random bits, the table their hash.

A session begins at stage `code` when a second factor is still owed and opens nothing until it is `full`. Every sign-in
makes a new one (no fixation). It ends after a time without use, and in any case after `ABSOLUTE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, delete
from sqlmodel import Field, Session, SQLModel, col, select

from dashboard.accounts import User
from dashboard.secrecy import new_token, token_hash
from tracker.database import BigId, Database, UtcDateTime

ABSOLUTE = timedelta(days=7)
CODE_STAGE = timedelta(minutes=10)
CODE_ATTEMPTS = 5
# Writing at each request would make every page wait for the write lock; five minutes are exact enough to expire by.
TOUCH_EVERY = timedelta(minutes=5)
MOST_PER_USER = 20

# In this order: most browsers also claim to be those further down.
PROGRAMS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("UCBrowser", "UC Browser"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


class WebSession(SQLModel, table=True):
    """One browser that signed in."""

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint("stage in ('code', 'full')", name="ck_web_session_stage"),
        CheckConstraint("length(token_hash) = 32", name="ck_web_session_hash"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    user_id: int = Field(sa_column=Column(BigId, ForeignKey("user_account.id"), nullable=False, index=True))
    stage: str = Field(max_length=4)
    attempts: int = Field(default=0)
    address: str = Field(max_length=64)
    browser: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a request comes from: the address, and what the browser calls itself (cut to 200 characters)."""

    address: str
    name: str


def browser_name(agent: str) -> str:
    """Return what people call a browser: `Firefox, Windows`; for an unknown one, the beginning of its own words."""
    program = next((name for mark, name in PROGRAMS if mark in agent), agent[:40])
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (program, system)))


def open_session(session: Session, user: User, browser: Browser, now: datetime, *, code_owed: bool = False) -> str:
    """Begin a session and return its token, which is shown to nobody but the browser."""
    token = new_token()
    row = WebSession(
        token_hash=token_hash(token), user_id=user.key, stage="code" if code_owed else "full",
        address=browser.address[:64], browser=browser.name[:200], created_at=now, last_used_at=now,
    )  # fmt: skip
    session.add(row)
    if not code_owed:
        user.last_signed_in_at = now
    session.flush()
    _forget_oldest(session, user.key)
    return token


def find_session(
    session: Session, token: str, now: datetime, idle: timedelta, stage: str = "full"
) -> tuple[WebSession, User] | None:
    """Return the living session of a token and its user; None when it ended, or the user is disabled."""
    query = (
        select(WebSession, User)
        .where(WebSession.token_hash == token_hash(token), WebSession.stage == stage)
        .where(col(User.id) == col(WebSession.user_id), col(User.disabled_at).is_(None))
    )
    found = session.exec(query).first()
    if found is None:
        return None
    row, user = found
    age, unused = now - row.created_at, now - row.last_used_at
    if age >= ABSOLUTE or unused >= idle or (row.stage == "code" and age >= CODE_STAGE):
        return None
    return row, user


def touch(database: Database, row_id: int, now: datetime) -> None:
    """Note that a session was used."""
    with database.writing() as session:
        row = session.get(WebSession, row_id)
        if row is not None:
            row.last_used_at = max(row.last_used_at, now)


def list_sessions(session: Session, user_id: int, now: datetime, idle: timedelta) -> list[WebSession]:
    """Return the living sessions of a user, the last used first."""
    query = (
        select(WebSession)
        .where(WebSession.user_id == user_id, WebSession.stage == "full")
        .where(col(WebSession.last_used_at) > now - idle, col(WebSession.created_at) > now - ABSOLUTE)
        .order_by(col(WebSession.last_used_at).desc(), col(WebSession.id).desc())
    )
    return list(session.exec(query))


def end_session(session: Session, token: str) -> None:
    """End the session of a token."""
    session.exec(delete(WebSession).where(col(WebSession.token_hash) == token_hash(token)))


def end_own_session(session: Session, user_id: int, session_id: int) -> bool:
    """End one session of a user; say whether there was one. Somebody else's is not touched."""
    row = session.get(WebSession, session_id)
    if row is None or row.user_id != user_id:
        return False
    session.delete(row)
    return True


def end_sessions(session: Session, user_id: int, keep: str | None = None) -> None:
    """End every session of a user but the one of the token `keep`."""
    statement = delete(WebSession).where(col(WebSession.user_id) == user_id)
    if keep is not None:
        statement = statement.where(col(WebSession.token_hash) != token_hash(keep))
    session.exec(statement)


def forget_ended(session: Session, now: datetime, idle: timedelta) -> None:
    """Delete sessions that have ended; run daily."""
    ended = (col(WebSession.last_used_at) <= now - idle) | (col(WebSession.created_at) <= now - ABSOLUTE)
    session.exec(delete(WebSession).where(ended))


def _forget_oldest(session: Session, user_id: int) -> None:
    """Keep the table bounded, whoever signs in over and over."""
    query = (
        select(WebSession.id)
        .where(WebSession.user_id == user_id)
        .order_by(col(WebSession.last_used_at).desc(), col(WebSession.id).desc())
        .offset(MOST_PER_USER)
    )
    if surplus := list(session.exec(query)):
        session.exec(delete(WebSession).where(col(WebSession.id).in_(surplus)))
