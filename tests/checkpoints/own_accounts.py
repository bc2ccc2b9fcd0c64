"""Two finished trips of one company and two stops, with sums that a reader can do in the head."""

from datetime import timedelta

from checkpoints.accounts import Paid, TripAccount
from checkpoints.checks import Payment
from checkpoints.control_stops import Control, ControlStop
from checkpoints.stop_places import Place
from checkpoints.trip_account import Share
from tests.tracker.drives import START


def _account(key, time, money):
    return TripAccount(
        trip_key=key, trip_id=key, vehicle_id="sti-1", operator_id="sti", corridor_id="ABJ-LOS", direction="up",
        started_at=START, ended_at=START + timedelta(hours=10), in_order=True, is_closed=True, silent_share=0.0,
        countries=("CI", "GH"), metres={}, time=time, money=money, controls=(), heard={}, first_seq=1, last_seq=9,
    )  # fmt: skip


ACCOUNTS = [
    _account(
        "one",
        (Share("border", "CI", "police", "CI-noe", 4000), Share("control", "CI", "police", None, 600),
         Share("driving", "CI", None, None, 20_000), Share("halt", "CI", None, None, 3000)),
        (Paid("CI", "police", "road", "no_receipt", "crew", "XOF", 250_000, 2),
         Paid("GH", "customs", "border", "unknown", "crew", "GHS", 2000, 1)),
    ),
    _account(
        "two", (Share("border", "CI", "police", "CI-noe", 5000),),
        (Paid("CI", "police", "road", "no_receipt", "crew", "XOF", 100_000, 1),
         Paid("CI", "customs", "road", "no_receipt", "crew", "XOF", 900_000, 1, observatory_only=True)),
    ),
]  # fmt: skip


def _stop(name, at, seen_by, minutes, amount, observatory_only=False):
    paid = Payment(amount, "XOF", "no_receipt", observatory_only=observatory_only)
    control = Control(
        agency="police", observed_at=at, minutes=5.0, payments=(paid,), reasons=(), harassment=(), in_order=True, reports=1,
        seqs=(1,),
    )  # fmt: skip
    where = Place(latitude=5.3, longitude=-3.9, basis="reported")
    return ControlStop(
        stop_id=name, operator_id="sti", vehicle_id="sti-1", trip_id="one", direction="up", place=where, started_at=at,
        ended_at=at, minutes=minutes, seen_by=seen_by, formality=None, controls=(control,), seqs=(1,),
    )  # fmt: skip


STOPS = [
    _stop("a", START, "both", 7.0, 500.0),
    _stop("b", START + timedelta(hours=1), "report", 5.0, 1000.0),
    _stop("c", START + timedelta(hours=2), "both", 5.0, 9000.0, observatory_only=True),
]
