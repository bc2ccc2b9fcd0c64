"""The observatory's indicators of a small month that anybody can reckon by hand, and what they rest on."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from checkpoints.account_counting import count
from checkpoints.account_tables import CELLS, MONEY, IndicatorCell, IndicatorMoney
from checkpoints.accounts import Counted, Paid, TripAccount
from checkpoints.coach_bootstrap import ratio_interval
from checkpoints.exchange_rates import import_rates, rates_for
from checkpoints.indicator_reading import parse_period, read_indicators
from checkpoints.trip_account import Share
from checkpoints.undercount import chao, chapman
from tracker.errors import BadFile
from tracker.tallies import Changing

MAY = datetime(2026, 5, 4, 6, tzinfo=UTC)
MINUTE = 60


def a_trip(number, coach, operator="OP-1", *, in_order=True, closed=True, silent=0.0, controls=2, paid=1000, **more):
    """Abomey to Lagos: 100 km of Benin, 80 of Nigeria; controls of five minutes by the police in Nigeria."""
    start = MAY + timedelta(days=number)
    said = {
        "trip_key": f"trip-{number}", "trip_id": f"T-{number}", "vehicle_id": coach, "operator_id": operator,
        "corridor_id": "COO-LOS", "direction": "up", "started_at": start, "ended_at": start + timedelta(hours=5),
        "in_order": in_order, "is_closed": closed, "silent_share": silent, "countries": ("BJ", "NG"),
        "metres": {"BJ": 100_000, "NG": 80_000},
        "time": (
            Share("driving", "BJ", None, None, 100 * MINUTE), Share("driving", "NG", None, None, 80 * MINUTE),
            Share("border", "BJ", "immigration", "BJ-krake", 60 * MINUTE), Share("border", None, None, None, 30 * MINUTE),
            Share("control", "NG", "police", None, controls * 5 * MINUTE),
            Share("slow", "NG", None, None, (30 - 5 * controls) * MINUTE),
        ),
        "money": (Paid("NG", "police", "road", "no_receipt", "crew", "NGN", paid * 100, controls),
                  Paid("BJ", "customs", "border", "no_receipt", "passenger", "XOF", 50_000, 1),
                  Paid("BJ", "customs", "border", "listed_charge", "crew", "XOF", 990_000, 1)),
        "controls": (Counted("NG", "police", "road", None, "both", controls, controls),
                     Counted("NG", "immigration", "road", None, "report", 1, 0),
                     Counted("BJ", None, "border", "exit", "positions", 1, 1)),
        "heard": {("NG", "road:gc"): controls, ("BJ", "border:gl"): 1},
        "first_seq": number, "last_seq": number,
    }  # fmt: skip
    return TripAccount(**said | more)


MONTH = [
    a_trip(0, "A"), a_trip(1, "A", controls=4, paid=3000), a_trip(2, "B"), a_trip(3, "B", in_order=False, controls=6),
    a_trip(4, "C", "OP-2"), a_trip(5, "C", "OP-2", in_order=None), a_trip(6, "C", "OP-2", closed=False),
    a_trip(7, "B", silent=0.2),
]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    return request.getfixturevalue(f"{request.param}_database")


def counted(database, accounts, sign=1):
    with database.writing() as session:
        cells, money = Changing(CELLS), Changing(MONEY)
        for account in accounts:
            count(account, cells, money, sign)
        cells.write(session)
        money.write(session)


def groups(database, *dimensions, period="2026-Q2", **more):
    with database.reading() as session:
        found = read_indicators(session, parse_period(period), dimensions, **more)
    return {(*one.key, one.population): one for one in found}


def test_a_small_month_reckoned_by_hand(database):
    counted(database, MONTH)
    found = groups(database, "corridor")
    head, every = found["COO-LOS", "in_order"], found["COO-LOS", "all"]
    assert (head.trips, head.coaches, head.operators, head.km, head.crossings) == (4, 3, 2, 720.0, 4)
    assert (every.trips, every.coaches, every.coverage) == (6, 3, 6 / 8)
    # In order: trips 0, 1, 2, 4 with 2, 4, 2, 2 police stops; the immigration's check is a control at the same stops.
    assert head.figures["stops", "trip"].value == 10 / 4
    assert head.figures["controls", "trip"].value == (10 + 4 + 4) / 4  # 4 at the border, seen by positions
    assert head.figures["controls", "100km"].value == pytest.approx(18 / 7.2)
    assert head.figures["reported_controls", "trip"].value == 14 / 4
    assert head.figures["control_min", "trip"].value == 50 / 4
    assert head.figures["border_min", "border"].value == 90
    assert head.figures["slow_min", "trip"].value == (20 + 10 + 20 + 20) / 4
    assert every.figures["stops", "trip"].value == 18 / 6
    assert head.marks == ("few", "rate_missing")


def test_money_is_illicit_only_without_a_listed_charge_by_payer_and_place_in_its_own_currency(database):
    counted(database, MONTH)
    money = {(m.currency, m.payer, m.place): m for m in groups(database, "corridor")["COO-LOS", "in_order"].money}
    assert set(money) == {("NGN", "crew", "road"), ("XOF", "passenger", "border")}
    naira = money["NGN", "crew", "road"]
    assert (naira.payments, naira.total, naira.per_trip.value, naira.xof_per_trip) == (10, 6000.0, 1500.0, None)
    assert money["XOF", "passenger", "border"].xof_per_trip == 500.0


def test_a_rate_is_of_its_month_and_says_which_it_was(database):
    counted(database, MONTH)
    csv = b"currency,on,xof,source\nNGN,2026-05-20,0.4,bank\nNGN,2026-05-29,0.5,bank\nNGN,2026-06-02,9,bank\n"
    with database.writing() as session:
        assert import_rates(session, csv, date(2026, 7, 1)).added == 3
        assert import_rates(session, csv, date(2026, 7, 1)).unchanged == 3
    found = groups(database, "corridor")["COO-LOS", "in_order"]
    (naira,) = [m for m in found.money if m.currency == "NGN"]
    assert naira.xof_per_trip == 750.0
    assert [(rate.on, rate.xof, rate.source) for rate in naira.rates] == [(date(2026, 5, 29), 0.5, "bank")]
    assert "rate_missing" not in found.marks
    with database.reading() as session:
        assert ("NGN", 2026 * 12 + 8) not in rates_for(session, [2026 * 12 + 8], ["NGN"])


def test_a_sheet_of_rates_names_every_mistake(sqlite_database):
    csv = b"currency,on,xof\nNGN,2026-05-20,0\nEUR,2026-05-20,600\nNG,yesterday,1\nGHS,2027-01-01,55\n"
    with sqlite_database.writing() as session, pytest.raises(BadFile) as refused:
        import_rates(session, csv, date(2026, 7, 1))
    codes = [(reason.values["line"], reason.code) for reason in refused.value.reasons]
    assert codes == [
        (2, "out_of_range"),
        (3, "rate_is_fixed"),
        (4, "not_a_date"),
        (4, "bad_currency"),
        (5, "day_ahead"),
    ]


def test_by_state_and_agency_the_denominator_is_the_trips_through_the_state(database):
    counted(database, MONTH)
    found = groups(database, "country", "agency")
    police = found["NG", "police", "in_order"]
    assert (police.trips, police.km) == (4, 320.0)
    assert police.figures["controls", "trip"].value == 10 / 4
    assert police.figures["control_min", "100km"].value == pytest.approx(50 / 3.2)
    assert found["BJ", "immigration", "in_order"].figures["border_min", "trip"].value == 60
    assert found["BJ", "", "in_order"].figures["controls", "trip"].value == 1
    assert "short_road" in police.marks
    assert "short_road" not in found["BJ", "immigration", "in_order"].marks
    assert {key[0] for key in groups(database, "country", countries=["NG"])} == {"NG"}


def test_taking_a_trip_out_leaves_what_was_there_before(database):
    def rows():
        with database.reading() as session:
            tables = (IndicatorCell, IndicatorMoney)
            return [sorted(map(tuple, session.connection().execute(t.__table__.select()))) for t in tables]

    counted(database, MONTH[:5])
    before = rows()
    counted(database, MONTH[5:])
    assert rows() != before
    counted(database, MONTH[5:][::-1], -1)
    assert rows() == before


def test_a_quarter_is_the_sum_of_its_months(database):
    june = [a_trip(28 + n, "D", trip_key=f"june-{n}") for n in range(3)]
    counted(database, MONTH + june)
    assert groups(database, "corridor", period="2026-05")["COO-LOS", "all"].trips == 6
    assert groups(database, "corridor", period="2026-06")["COO-LOS", "all"].trips == 3
    assert groups(database, "corridor")["COO-LOS", "all"].trips == 9
    assert groups(database, "corridor", period="2026")["COO-LOS", "all"].trips == 9
    assert groups(database, "corridor", period="2026-Q3") == {}


@pytest.mark.parametrize("text", ["2026-Q5", "26", "2026-13", "2026-Q", "soon", "2026-1"])
def test_a_period_is_a_year_a_quarter_or_a_month(text):
    with pytest.raises(ValueError):
        parse_period(text)


def test_the_interval_is_of_coaches_and_does_not_depend_on_their_order():

    names = [f"coach-{n}" for n in range(40)]
    amounts = np.array([float(n % 7) for n in range(40)])
    sizes = np.ones(40)
    interval = ratio_interval(names, amounts, sizes)
    assert interval is not None
    assert interval[0] < amounts.mean() < interval[1]
    assert ratio_interval(names[::-1], amounts[::-1], sizes) == pytest.approx(interval)
    # Half the width of the normal interval, near enough: 1.96 standard errors of the mean.
    assert (interval[1] - interval[0]) / 2 == pytest.approx(1.96 * amounts.std() / 40**0.5, rel=0.15)
    assert ratio_interval(["one"], amounts[:1], sizes[:1]) is None


def test_chapman_and_chao_find_what_was_hidden():
    estimate = chapman(60, 50, 30)  # of 100
    assert estimate is not None
    assert estimate.told == 80
    assert estimate.total == pytest.approx(61 * 51 / 31 - 1)
    assert estimate.low < 100 < estimate.high
    assert estimate.low > estimate.told
    assert chapman(60, 50, 6) is None
    bound = chao({"g": 20, "c": 15, "l": 10, "gc": 9, "gl": 8, "cl": 4, "gcl": 3})
    assert bound is not None
    assert bound.total == pytest.approx(69 + 45**2 / (2 * 21))
    assert bound.is_bound
    assert chao({"g": 20, "gc": 3}) is None
