"""The optional second factor: six digits from a phone app (RFC 6238), and ten recovery codes for when it is lost.

The secret must be read again, so it is sealed with the installation's key. A code is good for its own half minute and
the one on each side, and once only: the last half minute used is kept with the user.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
import segno
from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, delete
from sqlmodel import Field, Session, SQLModel, col, select

from dashboard.accounts import User
from dashboard.secrecy import Secrecy, token_hash
from tracker.database import BigId, UtcDateTime

PURPOSE = "totp"
STEP_S = 30
ISSUER = "Corridor Monitor"
RECOVERY_CODES = 10


class RecoveryCode(SQLModel, table=True):
    """One recovery code: 80 random bits, kept as a hash; good once."""

    __tablename__ = "recovery_code"
    __table_args__ = (CheckConstraint("length(code_hash) = 32", name="ck_recovery_code_hash"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    user_id: int = Field(sa_column=Column(BigId, ForeignKey("user_account.id"), nullable=False, index=True))
    code_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def new_secret() -> str:
    """Return a secret for the phone app: 160 bits in base 32."""
    return pyotp.random_base32()


def qr_svg(secret: str, username: str) -> str:
    """Return the QR code that the phone app scans, as SVG to stand in a page."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    return segno.make(uri, error="m").svg_inline(scale=5, border=2, dark="#10231c", light="#fff", omitsize=True)


def enable(
    session: Session, secrecy: Secrecy, user: User, *, secret: str, code: str, now: datetime
) -> list[str] | None:
    """Switch the second factor on, if `code` shows that the app has the secret; return the recovery codes, once.

    None when the code is wrong: then nothing has changed.
    """
    step = _step_of(secret, code, now)
    if step is None:
        return None
    user.totp_sealed, user.totp_last_step = secrecy.seal(PURPOSE, secret), step
    return renew_recovery_codes(session, user)


def disable(session: Session, user: User) -> None:
    """Switch the second factor off and forget its secret and recovery codes."""
    user.totp_sealed, user.totp_last_step = None, 0
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.key))


def passes(session: Session, secrecy: Secrecy, user: User, code: str, now: datetime) -> bool:
    """Say whether `code` is the app's present one or a recovery code, and use it up: neither is good twice."""
    secret = secrecy.unseal(PURPOSE, user.totp_sealed or "")
    step = _step_of(secret, code, now) if secret else None
    if step is not None and step > user.totp_last_step:
        user.totp_last_step = step
        return True
    return _use_recovery_code(session, user, code, now)


def renew_recovery_codes(session: Session, user: User) -> list[str]:
    """Replace the recovery codes of `user` and return the new ones, to be shown once."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.key))
    codes = []
    for _ in range(RECOVERY_CODES):
        plain = base64.b32encode(secrets.token_bytes(10)).decode().lower()
        session.add(RecoveryCode(user_id=user.key, code_hash=token_hash(plain)))
        codes.append("-".join(plain[at : at + 4] for at in range(0, 16, 4)))
    session.flush()
    return codes


def recovery_codes_left(session: Session, user_id: int) -> int:
    """Return how many recovery codes are unused."""
    query = select(RecoveryCode.id).where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    return len(session.exec(query).all())


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the half minute to which `code` belongs, if it is this one or a neighbour."""
    digits = code.replace(" ", "")
    step = int(now.timestamp()) // STEP_S
    one = pyotp.TOTP(secret)
    for near in (step, step - 1, step + 1):
        if hmac.compare_digest(one.generate_otp(near).encode(), digits.encode()):
            return near
    return None


def _use_recovery_code(session: Session, user: User, code: str, now: datetime) -> bool:
    plain = code.replace("-", "").replace(" ", "").lower()
    query = select(RecoveryCode).where(
        RecoveryCode.user_id == user.key,
        RecoveryCode.code_hash == token_hash(plain),
        col(RecoveryCode.used_at).is_(None),
    )
    row = session.exec(query).first()
    if row is None:
        return False
    row.used_at = now
    return True
