"""`corridor user`: add, list, disable, enable and reset accounts, when no administrator can sign in to do it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session

from dashboard import accounts, audit, invitations, sessions
from dashboard.accounts import User
from dashboard.commands.context import console, open_database, settings
from tracker.clock import SystemClock
from tracker.errors import NotFound
from tracker.scope import Role

app = typer.Typer(help="Accounts of people.", no_args_is_help=True)

ACTOR = "@command_line"
Username = Annotated[str, typer.Argument(help="user name, as typed at sign-in")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="read the password from the first line of stdin")]
Prompted = Annotated[bool, typer.Option("--password", help="ask for the password here instead of making a link")]


@app.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="what the person may do")],
    *,
    name: Annotated[str, typer.Option(help="name to show; default: the user name")] = "",
    operator: Annotated[str, typer.Option(help="operator, of a dispatcher or driver")] = "",
    post: Annotated[str, typer.Option(help="border post, of an official (CI-noe)")] = "",
    agency: Annotated[str, typer.Option(help="agency, of an official or an inspectorate (police)")] = "",
    country: Annotated[str, typer.Option(help="country, of a focal point (CI)")] = "",
    language: Annotated[str, typer.Option(help="en, fr or pt")] = "en",
    password: Prompted = False,
    password_stdin: FromStdin = False,
) -> None:
    """Add an account and print its invitation link, or give it a password at once."""
    chosen = _chosen_password(password, password_stdin)
    now = SystemClock().now()
    with open_database().writing() as session:
        user = accounts.create_user(
            session, username, name or username, role, now=now, language=language, password=chosen,
            operator_id=operator, post_id=post, agency=agency, country=country,
        )  # fmt: skip
        audit.record(session, ACTOR, "user.created", f"user:{user.username}", {"role": user.role}, at=now)
        link = None if chosen else _link(session, user)
    console.print(f"{username}: added", highlight=False)
    _show(link)


@app.command("list")
def list_() -> None:
    """List all accounts."""
    table = Table("user", "name", "role", "of", "last signed in", "state")
    with open_database().reading() as session:
        for user in accounts.list_users(session):
            of = " ".join(filter(None, (user.operator_id, user.post_id, user.agency, user.country)))
            seen = f"{user.last_signed_in_at:%Y-%m-%d %H:%M} UTC" if user.last_signed_in_at else "never"
            state = "disabled" if user.disabled_at else "active" if user.password_hash else "invited"
            table.add_row(user.username, user.display_name, user.role, of, seen, state)
    console.print(table)


@app.command()
def disable(username: Username) -> None:
    """Close an account: sessions, tokens and links stop at once."""
    now = SystemClock().now()
    with open_database().writing() as session:
        user = _get(session, username)
        user.disabled_at = user.disabled_at or now
        sessions.end_sessions(session, user.key)
        invitations.withdraw(session, user.key)
        audit.record(session, ACTOR, "user.disabled", f"user:{user.username}", at=now)
    console.print(f"{username}: disabled", highlight=False)


@app.command()
def enable(username: Username) -> None:
    """Open an account again."""
    now = SystemClock().now()
    with open_database().writing() as session:
        user = _get(session, username)
        user.disabled_at = None
        audit.record(session, ACTOR, "user.enabled", f"user:{user.username}", at=now)
    console.print(f"{username}: enabled", highlight=False)


@app.command()
def reset(username: Username, *, password: Prompted = False, password_stdin: FromStdin = False) -> None:
    """Print a link by which the person sets a new password, or set it here."""
    chosen = _chosen_password(password, password_stdin)
    now = SystemClock().now()
    with open_database().writing() as session:
        user = _get(session, username)
        if chosen:
            accounts.set_password(user, chosen, now)
            sessions.end_sessions(session, user.key)
            audit.record(session, ACTOR, "password.set", f"user:{user.username}", {"by": "command line"}, at=now)
            link = None
        else:
            link = _link(session, user)
    console.print(f"{username}: reset", highlight=False)
    _show(link)


def _get(session: Session, username: str) -> User:
    user = accounts.find_user(session, username)
    if user is None:
        raise NotFound("user_unknown")
    return user


def _link(session: Session, user: User) -> str:
    now = SystemClock().now()
    token, _ = invitations.invite(session, user, now)
    audit.record(session, ACTOR, "user.link_made", f"user:{user.username}", at=now)
    return f"{settings().resolved_public_url}/welcome/{token}"


def _show(link: str | None) -> None:
    if link:
        # Not wrapped by the console: a link in two lines is a broken link.
        console.print("Hand over this link; it works once and is not shown again:", highlight=False)
        console.print(link, soft_wrap=True, highlight=False, markup=False)


def _chosen_password(prompted: bool, from_stdin: bool) -> str | None:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True)) if prompted else None
