"""Accounts: who may sign in, as what, and for which operator, post, agency or country.

Accounts are never deleted, because the audit trail names them; they are disabled. Each role needs its scope field and
has no other; the table refuses anything else.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, func
from sqlmodel import Field, Session, SQLModel, col, select

from dashboard.passwords import hash_password, weaknesses
from tracker.database import BigId, UtcDateTime
from tracker.errors import BadInput, Conflict, NotFound, Reason
from tracker.phrases import LANGUAGES
from tracker.scope import Role, Viewer

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,40}")

# What a role must have, may have, and must not have.
REQUIRED: dict[Role, tuple[str, ...]] = {
    Role.DISPATCHER: ("operator_id",),
    Role.DRIVER: ("operator_id",),
    Role.OFFICIAL: ("post_id", "agency"),
    Role.FOCAL_POINT: ("country",),
    Role.MONITOR: (),
    Role.PROTECTION_OFFICER: (),
    Role.ADMINISTRATOR: (),
}
OPTIONAL: dict[Role, tuple[str, ...]] = {Role.FOCAL_POINT: ("agency",)}
SCOPE_FIELDS = ("operator_id", "post_id", "agency", "country")

_ROLES = ", ".join(f"'{role.value}'" for role in Role)
_LANGUAGES = ", ".join(f"'{language}'" for language in LANGUAGES)


class User(SQLModel, table=True):
    """A person who may sign in."""

    __tablename__ = "user_account"  # `user` is a reserved word in PostgreSQL
    __table_args__ = (
        CheckConstraint(f"role in ({_ROLES})", name="ck_user_account_role"),
        CheckConstraint(f"language in ({_LANGUAGES})", name="ck_user_account_language"),
        CheckConstraint("username = lower(username) and length(username) >= 2", name="ck_user_account_username"),
        CheckConstraint(
            "(role in ('dispatcher', 'driver')) = (operator_id is not null)", name="ck_user_account_operator"
        ),
        CheckConstraint("(role = 'official') = (post_id is not null)", name="ck_user_account_post"),
        CheckConstraint("(role = 'focal_point') = (country is not null)", name="ck_user_account_country"),
        CheckConstraint(
            "(role <> 'official' or agency is not null) and (agency is null or role in ('official', 'focal_point'))",
            name="ck_user_account_agency",
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    username: str = Field(max_length=40, unique=True)
    display_name: str = Field(max_length=80)
    role: str = Field(max_length=20)
    operator_id: str | None = Field(default=None, max_length=40)
    post_id: str | None = Field(default=None, max_length=40)
    agency: str | None = Field(default=None, max_length=40)
    country: str | None = Field(default=None, max_length=2)
    language: str = Field(default="en", max_length=2)
    password_hash: str | None = Field(default=None, max_length=200)
    password_changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_sealed: str | None = Field(default=None, max_length=400)
    totp_last_step: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_signed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def key(self) -> int:
        """The id of a stored user."""
        assert self.id is not None
        return self.id

    def as_viewer(self) -> Viewer:
        """Return the person as `tracker.scope` sees them."""
        return Viewer(
            self.key, self.display_name, Role(self.role), self.operator_id, self.post_id, self.agency, self.country,
            self.language,
        )  # fmt: skip


def create_user(
    session: Session,
    username: str,
    display_name: str,
    role: Role,
    *,
    now: datetime,
    language: str = "en",
    password: str | None = None,
    **scope: str | None,
) -> User:
    """Add a user; `scope` are the fields the role needs (`operator_id`, `post_id`, `agency`, `country`).

    Raises:
        BadInput: with every reason; Conflict: the user name is taken.
    """
    username, display_name = username.strip().lower(), display_name.strip()
    reasons = []
    if not USERNAME.fullmatch(username):
        reasons.append(Reason("username_malformed", "username"))
    if not 1 <= len(display_name) <= 80:
        reasons.append(Reason("display_name_length", "display_name", {"most": 80}))
    if language not in LANGUAGES:
        reasons.append(Reason("language_unknown", "language"))
    if password is not None:
        reasons += weaknesses(password, username)
    fields, wrong = scope_fields(role, scope)
    if reasons + wrong:
        raise BadInput(reasons=reasons + wrong)
    if find_user(session, username) is not None:
        raise Conflict("username_taken", username=username)
    user = User(
        username=username, display_name=display_name, role=role.value, language=language, created_at=now, **fields
    )
    if password is not None:
        user.password_hash, user.password_changed_at = hash_password(password), now
    session.add(user)
    session.flush()
    return user


def scope_fields(role: Role, given: dict[str, Any]) -> tuple[dict[str, Any], list[Reason]]:
    """Return the scope fields of `role` out of `given` (others become None), and what is wrong with them."""
    wanted = REQUIRED[role] + OPTIONAL.get(role, ())
    fields = {name: (str(given.get(name) or "").strip() or None) if name in wanted else None for name in SCOPE_FIELDS}
    if fields["country"]:
        fields["country"] = fields["country"].upper()
    reasons = [Reason("scope_field_missing", name) for name in REQUIRED[role] if fields[name] is None]
    for name, value in fields.items():
        pattern = re.compile("[A-Z]{2}") if name == "country" else IDENTIFIER
        if value is not None and not pattern.fullmatch(value):
            reasons.append(Reason("identifier_malformed", name))
    return fields, reasons


def change_role(user: User, role: Role, **scope: str | None) -> None:
    """Give `user` another role or scope.

    Raises:
        BadInput: the role's scope fields are missing or malformed.
    """
    fields, reasons = scope_fields(role, scope)
    if reasons:
        raise BadInput(reasons=reasons)
    user.role = role.value
    for name, value in fields.items():
        setattr(user, name, value)


def set_password(user: User, password: str, now: datetime) -> None:
    """Give `user` a password.

    Raises:
        BadInput: the policy refuses it.
    """
    if reasons := weaknesses(password, user.username):
        raise BadInput(reasons=reasons)
    user.password_hash, user.password_changed_at = hash_password(password), now


def find_user(session: Session, username: str) -> User | None:
    """Return the user of that name, in any capitals."""
    return session.exec(select(User).where(User.username == username.strip().lower())).first()


def get_user(session: Session, user_id: int) -> User:
    """Return the user of that id.

    Raises:
        NotFound: there is none.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("user_unknown")
    return user


def list_users(session: Session) -> list[User]:
    """Return all users: the active first, by name."""
    order = (col(User.disabled_at).is_not(None), func.lower(User.display_name), col(User.id))
    return list(session.exec(select(User).order_by(*order)))
