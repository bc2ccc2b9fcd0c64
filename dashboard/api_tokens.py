"""API tokens: a person's programs speak with the person's scope, no wider, until a date.

A token is shown once and kept as a hash. `corr_` in front lets secret scanners recognise one that was committed
somewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, func
from sqlmodel import Field, Session, SQLModel, col, select

from dashboard.accounts import User
from dashboard.secrecy import new_token, token_hash
from telemetry.senders import Sender, SenderKind
from tracker.database import BigId, Database, UtcDateTime
from tracker.errors import BadInput, Conflict, NotAllowed, Reason
from tracker.scope import Action, Viewer, scope_of

PREFIX = "corr_"
LONGEST_DAYS = 366
MOST_PER_USER = 20


class ApiToken(SQLModel, table=True):
    """One token of a person."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("length(token_hash) = 32", name="ck_api_token_hash"),
        CheckConstraint("expires_at > created_at", name="ck_api_token_expiry"),
        CheckConstraint("length(name) >= 1", name="ck_api_token_name"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    user_id: int = Field(sa_column=Column(BigId, ForeignKey("user_account.id"), nullable=False, index=True))
    name: str = Field(max_length=60)
    may_write: bool
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def create_token(
    session: Session, user_id: int, name: str, *, days: int, may_write: bool, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token and return it with the words that are shown once.

    Raises:
        BadInput: with every reason; Conflict: the person has `MOST_PER_USER` already.
    """
    name, reasons = name.strip(), []
    if not 1 <= len(name) <= 60:
        reasons.append(Reason("token_name_length", "name", {"most": 60}))
    if not 1 <= days <= LONGEST_DAYS:
        reasons.append(Reason("token_days", "days", {"most": LONGEST_DAYS}))
    if reasons:
        raise BadInput(reasons=reasons)
    if len(list_tokens(session, user_id, now)) >= MOST_PER_USER:
        raise Conflict("tokens_too_many", most=MOST_PER_USER)
    words = PREFIX + new_token()
    row = ApiToken(
        token_hash=token_hash(words), user_id=user_id, name=name, may_write=may_write, created_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row, words


def find_token(session: Session, words: str, now: datetime) -> tuple[ApiToken, User] | None:
    """Return the living token of these words and its user; None for any other, and when the user is disabled."""
    if not words.startswith(PREFIX):
        return None
    query = (
        select(ApiToken, User)
        .where(ApiToken.token_hash == token_hash(words), *_living(now))
        .where(col(User.id) == col(ApiToken.user_id), col(User.disabled_at).is_(None))
    )
    return session.exec(query).first()


def find_sender(database: Database, words: str, now: datetime) -> Sender | None:
    """Return the person of a token as a sender of messages; None when the token is not good.

    Raises:
        NotAllowed: a token for reading only, or of somebody who speaks for no coach and no post.
    """
    if not words.startswith(PREFIX):
        return None
    with database.reading() as session:
        found = find_token(session, words, now)
        if found is None:
            return None
        token, user = found
        viewer, may_write = user.as_viewer(), token.may_write
    if not may_write:
        raise NotAllowed("token_read_only")
    return sender_of(viewer)


def sender_of(viewer: Viewer) -> Sender:
    """Return a person as the doors see who sends.

    Raises:
        NotAllowed: the person sends nothing.
    """
    scope = scope_of(viewer)
    if not (scope.may(Action.POST_AS_VEHICLE) or scope.may(Action.POST_AS_POST)):
        raise NotAllowed
    return Sender(
        device_id=f"person-{viewer.user_id}", kind=SenderKind.PERSON, operator_id=viewer.operator_id,
        post_id=viewer.post_id, agency=viewer.agency, language=viewer.language,
    )  # fmt: skip


def list_tokens(session: Session, user_id: int, now: datetime) -> list[ApiToken]:
    """Return the living tokens of a person, the newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user_id, *_living(now)).order_by(col(ApiToken.id).desc())
    return list(session.exec(query))


def count_tokens(session: Session, user_id: int, now: datetime) -> int:
    """Return how many living tokens a person has."""
    return session.exec(select(func.count(col(ApiToken.id))).where(ApiToken.user_id == user_id, *_living(now))).one()


def revoke_token(session: Session, user_id: int, token_id: int, now: datetime) -> bool:
    """Revoke one token of a person; say whether there was one. Somebody else's is not touched."""
    row = session.get(ApiToken, token_id)
    if row is None or row.user_id != user_id or row.revoked_at is not None:
        return False
    row.revoked_at = now
    return True


def _living(now: datetime) -> tuple[bool, ...]:
    return (col(ApiToken.expires_at) > now, col(ApiToken.revoked_at).is_(None))  # type: ignore[return-value]
