"""The demo's assumed exchange rates: said to be assumed, entered once, never in the place of a real one."""

from datetime import date

from sqlmodel import select

from checkpoints.exchange_rates import ExchangeRateRecord, import_rates, rates_for
from dashboard.demo import RATES_SOURCE, demo_rates

TODAY = date(2026, 3, 31)


def test_three_months_have_an_assumed_rate_that_says_so(sqlite_database):
    for _ in range(2):
        demo_rates(sqlite_database, TODAY)
    with sqlite_database.reading() as session:
        rows = session.exec(select(ExchangeRateRecord)).all()
        known = rates_for(session, [2026 * 12 + month for month in (0, 1, 2)], ["GHS", "NGN"])
    assert {(row.currency, row.on.month) for row in rows} == {(c, m) for c in ("GHS", "NGN") for m in (1, 2, 3)}
    assert {row.source for row in rows} == {RATES_SOURCE}
    assert len(known) == 6


def test_a_rate_that_somebody_entered_stays(sqlite_database):
    with sqlite_database.writing() as session:
        import_rates(session, b"currency,on,xof\nGHS,2026-03-01,60\n", TODAY, "a bank")
    demo_rates(sqlite_database, TODAY)
    with sqlite_database.reading() as session:
        row = session.get(ExchangeRateRecord, ("GHS", date(2026, 3, 1)))
        assert (row.xof, row.source) == (60.0, "a bank")
