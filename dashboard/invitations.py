"""Invitations and password resets without e-mail: a one-time link that an administrator hands over.

The link is shown once; the table keeps its hash. A newer link of the same person replaces the older. Opening it changes
nothing (messengers fetch links to preview them); setting the password uses it up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, delete
from sqlmodel import Field, Session, SQLModel, col, select

from dashboard.accounts import User, set_password
from dashboard.secrecy import new_token, token_hash
from tracker.database import BigId, UtcDateTime
from tracker.errors import BadInput, NotFound, Reason

LASTS = {"invitation": timedelta(days=7), "reset": timedelta(hours=24)}


class Invitation(SQLModel, table=True):
    """One link by which a person sets a password."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("purpose in ('invitation', 'reset')", name="ck_invitation_purpose"),
        CheckConstraint("expires_at > created_at", name="ck_invitation_expiry"),
        CheckConstraint("length(token_hash) = 32", name="ck_invitation_hash"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    user_id: int = Field(sa_column=Column(BigId, ForeignKey("user_account.id"), nullable=False, index=True))
    purpose: str = Field(max_length=10)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


def invite(session: Session, user: User, now: datetime, token: str | None = None) -> tuple[str, datetime]:
    """Make the link of a person and return its token and when it expires; `token`: one that was handed over already.

    Somebody who has a password gets a reset (24 hours), somebody new an invitation (7 days).

    Raises:
        BadInput: that token is another link's.
    """
    purpose = "reset" if user.password_hash else "invitation"
    withdraw(session, user.key)
    token, expires_at = token or new_token(), now + LASTS[purpose]
    if session.exec(select(Invitation.id).where(Invitation.token_hash == token_hash(token))).first() is not None:
        raise BadInput(reasons=[Reason("token_used", "token")])
    session.add(
        Invitation(
            token_hash=token_hash(token), user_id=user.key, purpose=purpose, created_at=now, expires_at=expires_at
        )
    )
    session.flush()
    return token, expires_at


def get_invited(session: Session, token: str, now: datetime) -> tuple[Invitation, User]:
    """Return the open invitation of a token and whom it is for.

    Raises:
        NotFound: no such link, or it was used, replaced or has expired, or the account is disabled.
    """
    query = (
        select(Invitation, User)
        .where(Invitation.token_hash == token_hash(token), col(Invitation.expires_at) > now)
        .where(col(User.id) == col(Invitation.user_id), col(User.disabled_at).is_(None))
    )
    found = session.exec(query).first()
    if found is None:
        raise NotFound("link_unknown")
    return found


def accept(session: Session, token: str, password: str, now: datetime) -> User:
    """Set the password of the invited person and use the link up.

    Raises:
        NotFound: see `get_invited`; BadInput: the policy refuses the password, and the link stays good.
    """
    _, user = get_invited(session, token, now)
    set_password(user, password, now)
    withdraw(session, user.key)
    return user


def withdraw(session: Session, user_id: int) -> None:
    """Make every open link of a person worthless."""
    session.exec(delete(Invitation).where(col(Invitation.user_id) == user_id))
