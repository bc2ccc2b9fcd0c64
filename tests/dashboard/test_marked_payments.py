"""A payment for the observatory only changes no answer to anybody of an operator: two sites, with it and without, are walked.

The addresses are those of the walk over restricted sections, so a new one is walked by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import orjson
import pytest
from sqlmodel import Session, func, select

from checkpoints.departures import Departure
from checkpoints.flag_keeping import Flags
from checkpoints.flags import Flag, FlagEvidence
from checkpoints.payment_flags import PaymentFlags
from checkpoints.trip_accounts import refresh as refresh_accounts
from tests.dashboard.journey_world import Journey, a_company, a_sheet, tell
from tests.dashboard.map_world import a_control, geography_of
from tests.dashboard.people import NOON, Site
from tests.dashboard.test_restricted_sections import addresses, read
from tests.dashboard.whole_site import whole_site
from tracker.atlas import Atlas
from tracker.clock import SystemClock
from tracker.events import SlotPassed
from tracker.log import Entry, LogRow, append

OPEN = {"amount": 1000, "currency": "XOF", "basis": "no_receipt", "payer": "crew"}
MARKED = {"amount": 7777, "currency": "XOF", "basis": "no_receipt", "payer": "crew", "observatory_only": True}
IN_NAIRA = MARKED | {"currency": "NGN", "payer": "passenger"}
# Coaches with what was paid at their controls: beside something else, alone, and in a currency of its own.
PAID = {"sti-in": (OPEN, MARKED), "sti-was": (MARKED,), "sti-out": (IN_NAIRA, OPEN), "utb-in": (OPEN,)}
FLAG = str(uuid5(NAMESPACE_OID, "a flag of another kind, on the same control"))
TRIPS = [f"T-{coach}" for coach in PAID]
OWN = ("/account/second-factor", "/metrics")  # a key drawn by lot each time; counts and seconds of our own
COUNTED = ("/observatory", "/api/v1/indicators", "/api/v1/trip-accounts", "/api/v1/flags", "/controls")
# What is drawn by lot for each page.
LOTS = re.compile(r'(nonce=|name="csrf_token" value=|"csrf(?:_token)?": ?)"[^"]*"')


@contextmanager
def site_on(folder: Path, *, with_marked: bool) -> Iterator[Site]:
    """Give the application on one trip of each coach, with a control, an account, and flags that rest on the controls."""
    folder.mkdir()
    with whole_site(folder) as made:
        now = made.clock.now()
        with made.database.writing() as session:
            geography = geography_of(session)
            for operator_id in ("sti", "utb"):
                a_company(session, operator_id, now, [coach for coach in PAID if coach.startswith(operator_id)])
            moments: dict[str, list[datetime]] = {}
            for number, (coach, paid) in enumerate(PAID.items()):
                operator_id, begin = coach[:3], now - timedelta(hours=20 + number)
                drive = Journey(geography, "ABJ-LOS", f"T-{coach}", begin, 0.5, 400.0, [(200.0, 9.0)])
                tell(session, operator_id, coach, drive.facts(now))
                a_sheet(session, operator_id, f"T-{coach}", coach, begin)
                said = dict.fromkeys(("departed", "arrived", "in_order"), (begin.isoformat(), True))
                session.add(Departure(operator_id=operator_id, trip_id=f"T-{coach}", vehicle_id=coach, said=said))
                at, place = drive.at(200.0, after=False) + timedelta(minutes=1), drive.corridor.point_at(200.0)
                told = [one for one in paid if with_marked or "observatory_only" not in one]
                seq = logged(made, session, f"vehicles/{operator_id}/{coach}", at, told)
                a_control(session, seq, operator_id, place, at, vehicle_id=coach, payments=told)
                moments[coach] = [at]
                if coach == "sti-in":
                    raise_flag(session, seq, coach, at)
            refresh_accounts(session, moments, Atlas())
            Flags([PaymentFlags()]).finish(session, [SlotPassed(1, "slot", now, None, now)])
        yield made


def logged(site: Site, session: Session, subject: str, at: datetime, payments: list[dict[str, Any]]) -> int:
    """Append a control to the log; return its number."""
    body = orjson.dumps({"agency": "police"} | ({"payments": payments} if payments else {}))
    number = uuid5(NAMESPACE_OID, subject)
    append(
        site.database,
        session,
        [Entry(number, subject, "control", "d", "http", at, at, at, body, sha256(body).digest())],
    )
    return session.exec(select(func.max(LogRow.seq))).one()


def raise_flag(session: Session, seq: int, coach: str, at: datetime) -> None:
    """Raise a flag of another kind that rests on a control."""
    times = dict.fromkeys(("first_seen_at", "last_seen_at", "detected_at", "changed_at"), at)
    session.add(
        Flag(
            flag_id=FLAG, rule="excess_controls", kind="excess_controls", severity="high", confidence=0.9, country="CI",
            corridor_id="ABJ-LOS", km=200.0, **times,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        FlagEvidence(
            flag_id=FLAG, number=0, kind="control", ref=str(seq), vehicle_id=coach, operator_id=coach[:3], started_at=at,
            first_seq=seq, last_seq=seq,
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Site]]:
    """The same site twice, with the marked payments and without, on a clock that stands still."""
    folder = tmp_path_factory.mktemp("marked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda _: NOON)
        with (
            site_on(folder / "with", with_marked=True) as marked,
            site_on(folder / "without", with_marked=False) as bare,
        ):
            yield marked, bare


def answers(site: Site, who: str, flags: list[str], under: tuple[str, ...] = ("/",)) -> dict[str, tuple[int, str]]:
    """Return what somebody is answered at every address; tables for spreadsheets have the rows of the answers."""
    browser = site.browser(who)
    found = {}
    planted = {"trip_id": TRIPS[:2], "vehicle_id": ["sti-in"], "flag_id": flags, "letter_id": ["1"]}
    for address in addresses(site, **planted):
        if address.startswith(under) and address not in OWN and "format=" not in address:
            answer = browser.get(address)
            found[address] = answer.status_code, LOTS.sub("", read(answer))
    return found


def flags_of(*sites: Site) -> list[str]:
    """Return the ids of all flags on these sites."""
    found = set[str]()
    for site in sites:
        with site.database.reading() as session:
            found |= set(session.exec(select(Flag.flag_id)))
    return sorted(found)


@pytest.mark.parametrize("who", ["dispatcher", "driver"])
def test_no_answer_to_anybody_of_the_operator_is_changed(sites, who):
    flags = flags_of(*sites)
    marked, bare = (answers(site, who, flags) for site in sites)
    changed = [address for address in bare if marked[address] != bare[address]]
    # What payments change they change each time; what a busy machine did to one answer is gone when it is asked for again.
    again, then = (answers(site, who, flags, tuple(changed)) if changed else {} for site in sites)
    assert {address: (again[address], then[address]) for address in changed if again[address] != then[address]} == {}


def test_who_watches_the_region_counts_it_as_any_other(sites):
    marked, bare = (answers(site, "monitor", flags_of(*sites), COUNTED) for site in sites)
    assert {address.partition("?")[0] for address in bare if marked[address] != bare[address]} >= set(COUNTED)


def test_their_operator_reads_the_other_payments(sites):
    browser = sites[0].browser("dispatcher")
    (money,) = browser.get("/api/v1/indicators?group=corridor&population=all&period=2026-11").json()["items"][0][
        "illicit_payments"
    ]
    assert (money["currency"], money["payments"], money["total"]) == ("XOF", 2, 2000.0)
    (message,) = browser.get(f"/api/v1/flags/{FLAG}/evidence/0").json()["items"]
    assert orjson.loads(message["body"])["payments"] == [OPEN]
    assert message["content_hash"] is message["chain"] is None


@pytest.mark.parametrize(("who", "is_told"), [("dispatcher", True), ("monitor", False)])
def test_companies_are_told_that_flags_of_payments_are_not_shown_to_them(sites, who, is_told):
    page = sites[0].browser(who).get("/flags").text
    assert ("Flags of illicit payments are not shown to companies" in page) is is_told
