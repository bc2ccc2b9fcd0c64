"""The observatory's report for the public: the API's figures, nothing of small cells, the same bytes, and bad questions."""

import csv
import io
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from checkpoints.exchange_rates import ExchangeRateRecord
from checkpoints.indicator_reading import parse_period
from checkpoints.indicators import Group
from dashboard.cli import main
from dashboard.exports import flattened
from dashboard.observatory_report import TABLES, read_report
from dashboard.public_figures import withheld_rows
from dashboard.report_files import FORMS
from tests.checkpoints.test_indicators import MONTH, a_trip, counted
from tests.dashboard.journey_site import journey_site
from tests.dashboard.map_world import geography_of
from tests.dashboard.test_flow_api import get
from tracker.database import Database

PERIOD = "2026-Q2"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Trips from Cotonou to Lagos that may be published, in order and all; and three of one coach from Lomé that may not."""
    with journey_site(tmp_path_factory.mktemp("report")) as made:
        more = [a_trip(8 + n, f"S-{n % 3}", "sti", in_order=n % 2 == 0, trip_key=f"sti-{n}") for n in range(12)]
        few = [a_trip(20 + n, "ONE", "utb", corridor_id="LFW-COO", trip_key=f"few-{n}", paid=7777) for n in range(3)]
        counted(made.database, [*MONTH, *more, *few])
        with made.database.writing() as session:
            day = datetime(2026, 5, 2, tzinfo=UTC).date()
            session.add(ExchangeRateRecord(currency="NGN", on=day, xof=0.4, source="Bulletin 18"))
        yield made


def made(site, ending, language="en", period=PERIOD):
    with site.database.reading() as session:
        geography = geography_of(session)
        report = read_report(session, parse_period(period), geography)
    return FORMS[ending](report, geography, language)


def rows_of(site):
    return list(csv.DictReader(io.StringIO(made(site, ".csv").decode("utf-8-sig"))))


def words_of(site, *more):
    pages = PdfReader(io.BytesIO(made(site, ".pdf", *more))).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pages]


def told(item):
    """An item of the API as a file has it: text, and nothing for what is not known."""
    return {name: "" if value is None else str(value) for name, value in flattened(item).items()}


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_those_of_the_api_less_what_is_withheld(site, name):
    group = ",".join(TABLES[name][0]) or "all"
    items = {
        (*(i[d] for d in TABLES[name][0]), i["population"]): i
        for i in get(site, "/indicators", group=group, period=PERIOD)["items"]
    }
    rows = [row for row in rows_of(site) if row["table"] == name]
    assert len(rows) == len(items) > 0
    for row in rows:
        item = items[(*(row[d] or None for d in TABLES[name][0]), row["population"])]
        if row["withheld"] == "True":
            assert {key for key, value in row.items() if value} <= {
                "period", "software", "table", "population", "withheld", *TABLES[name][0]
            }  # fmt: skip
        else:
            assert {key: row[key] for key in told(item)} == told(item)
    sheet = list(load_workbook(io.BytesIO(made(site, ".xlsx")))[name].values)
    assert [dict(zip(sheet[0], line, strict=True))["withheld"] for line in sheet[1:]] == [
        r["withheld"] == "True" for r in rows
    ]


def test_a_corridor_of_one_coach_is_withheld_everywhere_and_cannot_be_worked_out(site):
    rows = {
        (r["table"], r["corridor"], r["population"]): r["withheld"] for r in rows_of(site) if r["table"] == "corridor"
    }
    assert rows["corridor", "LFW-COO", "in_order"] == "True"
    assert rows["corridor", "COO-LOS", "in_order"] == "True", "the whole less this one would tell the other"
    pages = " ".join(words_of(site))
    assert "withheld: too few" in pages
    assert "7777" not in pages.replace(",", "")


def test_a_pdf_says_the_figures_and_all_that_they_rest_on(site):
    items = get(site, "/indicators", group="country", period=PERIOD)["items"]
    nigeria = next(i for i in items if (i["country"], i["population"]) == ("NG", "in_order"))
    pages = words_of(site, "fr")
    text = " ".join(pages)
    figure = nigeria["figures"]["controls_per_trip"]
    assert f"{figure['value']:.1f}".rstrip("0").rstrip(".").replace(".", ",") in text
    for words in (
        "Observatoire de la libre circulation des cars", "Bénin", f"{nigeria['trips']} voyages", "Droit de réponse", "14 jours",
        "Bulletin 18", "Pour le public", "logiciel 0.1.0", "1 NGN = 0,4 XOF", "retenu : trop peu",
    ):  # fmt: skip
        assert words in text.replace("\u202f", " ").replace("\xa0", " "), words
    claims = next(n for n, page in enumerate(pages) if "Ce que des observatoires ont publié" in page)
    assert "Contrôles par voyage" not in " ".join(pages[claims:])
    assert PdfReader(io.BytesIO(made(site, ".pdf", "fr"))).metadata.title.endswith(PERIOD)


@pytest.mark.parametrize("ending", FORMS)
def test_the_same_data_are_the_same_bytes(site, ending):
    assert made(site, ending) == made(site, ending)


def test_a_period_without_trips_is_a_report_that_says_so(site):
    (first, *_) = words_of(site, "pt", "2024")
    assert "Ainda não conta nenhuma viagem deste período." in first or "nenhuma viagem" in first.casefold()
    assert made(site, ".csv", "en", "2024").decode("utf-8-sig").splitlines() == ["period,data_to,software"]


def test_what_somebody_named_a_corridor_is_text_and_no_markup(site):
    with site.database.reading() as session:
        geography = geography_of(session)
        report = read_report(session, parse_period(PERIOD), geography)
    evil = '#panic("x") $1$ *b* ]'
    corridors = {key: replace(one, name=evil) for key, one in geography.corridors.items()}
    pages = PdfReader(io.BytesIO(FORMS[".pdf"](report, replace(geography, corridors=corridors), "en"))).pages
    assert evil.replace(" ", "") in "".join(page.extract_text() for page in pages).replace(" ", "").replace("\n", "")


def command(site, monkeypatch, *words):
    monkeypatch.setattr("dashboard.commands.report.open_database", lambda: Database(site.database.url))
    monkeypatch.setattr(sys, "argv", ["corridor", "report", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


def test_the_command_writes_by_the_ending_and_says_what_is_wrong(site, monkeypatch, tmp_path, capsys):
    good = tmp_path / "report.pdf"
    assert command(site, monkeypatch, "--period", PERIOD, "--language", "fr", "-o", good) in (0, None)
    assert good.read_bytes().startswith(b"%PDF-")
    capsys.readouterr()
    assert command(site, monkeypatch, "--period", "2026-Q7", "--language", "de", "-o", tmp_path / "report.doc") == 2
    said = capsys.readouterr().err
    for words in ("2026-Q7", ".pdf, .xlsx, .csv", "en, fr, pt"):
        assert words in said
    assert command(site, monkeypatch, "--period", PERIOD, "-o", tmp_path / "nowhere" / "report.csv") == 2
    assert "report.csv" in re.sub(r"\s", "", capsys.readouterr().err)
    monkeypatch.setattr("dashboard.commands.report.MOST_LAG", -1)
    assert command(site, monkeypatch, "--period", PERIOD, "-o", tmp_path / "late.csv") == 2
    assert "not counted yet" in capsys.readouterr().err
    assert orjson.dumps(sorted(p.name for p in tmp_path.iterdir())) == b'["report.pdf"]'


def a_group(key, population="in_order", trips=9, marks=()):
    return Group(
        key=key, population=population, trips=trips, coaches=9, operators=3, km=900.0, crossings=9, coverage=1.0, figures={},
        money=(), on_road=None, at_borders=None, marks=marks,
    )  # fmt: skip


def test_one_small_row_takes_the_next_smallest_with_it():
    rows = [a_group(("A",), trips=30), a_group(("B",), trips=12), a_group(("C",), trips=2, marks=("few",))]
    assert withheld_rows(rows) == {(("B",), "in_order"), (("C",), "in_order")}
    assert withheld_rows(rows[:2]) == frozenset()
    assert withheld_rows([*rows, a_group(("D",), trips=3, marks=("few",))]) == {
        (("C",), "in_order"),
        (("D",), "in_order"),
    }


def test_all_trips_are_withheld_where_few_of_them_were_not_in_order():
    def both(in_order, every):
        return withheld_rows([a_group(("A",), trips=in_order), a_group(("A",), "all", every)])

    assert both(20, 23) == {(("A",), "all")}
    assert both(20, 20) == both(20, 25) == frozenset()


def test_parts_of_a_withheld_row_are_withheld():
    parts = [a_group(("A", "up"), trips=9), a_group(("A", "down"), trips=9), a_group(("B", "up"))]
    assert withheld_rows(parts, {(("A",), "in_order")}) == {(("A", "up"), "in_order"), (("A", "down"), "in_order")}
