"""The protection officer erases what people wrote: nobody reads it afterwards, the chain of the log holds, a trace is left."""

from datetime import timedelta
from uuid import uuid4

import orjson
import pytest

from dashboard.audit import list_entries, read_details
from tests.dashboard.map_world import a_control, geography_of
from tests.dashboard.people import token_on
from tests.dashboard.restricted_world import said
from tests.dashboard.whole_site import whole_site
from tracker.errors import NotFound
from tracker.log import append, own_entry, verify

WORDS = b'{"note": "he hit me"}'


@pytest.fixture
def site(tmp_path):
    with whole_site(tmp_path) as made:
        yield made


def report(site, vehicle_id, at, place=None, agency="police"):
    """Keep a control with sealed words in log and projection, as the doors and the pipeline would; return its number."""
    parts = site.app.state.parts
    sealed = parts.sealer.seal(WORDS)
    body = orjson.dumps({"agency": agency, "deep": [{"sealed": sealed.written}]}, option=orjson.OPT_SORT_KEYS)
    with site.database.writing() as session:
        append(site.database, session, [own_entry(uuid4(), f"vehicles/sti/{vehicle_id}", "control", "rest", at, body)])
        parts.sealer.keep(session, [sealed], at)
        seq = session.connection().exec_driver_sql("select max(seq) from message_log").scalar_one()
        a_control(session, seq, "sti", place, at, vehicle_id=vehicle_id, agency=agency)
    return seq, sealed


def page(site, query, who="protection_officer"):
    return site.browser(who).get(f"/words?{query}", headers={"accept-language": "en"})


def erase(site, seq, who="protection_officer"):
    browser = site.browser(who)
    token = token_on(browser.get("/account").text)
    return browser.post(f"/words/{seq}/erase", data={"csrf_token": token})


def read(site, sealed):
    with site.database.reading() as session:
        return site.app.state.parts.sealer.open_sealed(session, sealed.written)


def test_words_that_are_erased_are_read_by_nobody_and_the_rest_stays(site):
    at = site.clock.now() - timedelta(hours=30)
    (seq, sealed), (_, other) = report(site, "bus-1", at, (5.4, -3.9)), report(site, "bus-1", at, (5.4, -3.9))
    found = page(site, f"coach=bus-1&day={at:%Y-%m-%d}").text
    assert f'data-message="{seq}"' in found
    assert f"/words/{seq}/erase" in found
    assert "he hit me" not in found
    assert read(site, sealed) == WORDS
    assert erase(site, seq).status_code == 303
    with pytest.raises(NotFound, match="sealed_text_erased"):
        read(site, sealed)
    assert read(site, other) == WORDS
    assert f"/words/{seq}/erase" not in page(site, f"number={seq}").text
    assert erase(site, seq).status_code == 404
    with site.database.reading() as session:
        (entry,) = list_entries(session, action="words.erased")
        assert (entry.object, read_details(entry)) == (f"message:{seq}", {"texts": 1})
        assert [intact for _, intact in verify(session)] == [True]


def test_nobody_else_finds_or_erases_words(site):
    seq, sealed = report(site, "bus-1", site.clock.now())
    for who in ("administrator", "monitor", "dispatcher", "focal_point", "inspectorate", "official"):
        assert page(site, f"number={seq}", who).status_code == 403
        assert erase(site, seq, who).status_code == 403
    assert read(site, sealed) == WORDS


def test_reports_that_are_the_operators_alone_are_erased_by_number_and_listed_for_nobody(site):
    at = site.clock.now() - timedelta(hours=30)
    with site.database.writing() as session:
        inside = geography_of(session).get_corridor("ABJ-LOS").point_at(600)
        session.add(said("accra--akatsi"))
    site.app.state.parts.directory.forget()
    hidden = [report(site, "bus-1", at, inside), report(site, "bus-1", at, (5.4, -3.9), "armed_group")]
    found = page(site, f"coach=bus-1&day={at:%Y-%m-%d}").text
    for seq, sealed in hidden:
        assert f'data-message="{seq}"' not in found
        told = page(site, f"number={seq}").text
        assert f'data-message="{seq}"' in told
        assert f"{at:%H:%M}" not in told
        assert erase(site, seq).status_code == 303
        with pytest.raises(NotFound):
            read(site, sealed)


@pytest.mark.parametrize(
    "query", ["number=x", "number=0", "number=-1", "number=99999999999999999999", "coach=a&day=soon"]
)
def test_what_is_no_number_and_no_day_is_said(site, query):
    assert page(site, query).status_code == 422
    assert page(site, "number=12345").status_code == 200
