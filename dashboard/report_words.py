"""The observatory's report in words of one language: what the Typst template prints. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from checkpoints.account_tables import ALL, start_of
from checkpoints.indicator_reading import POPULATIONS
from checkpoints.indicators import Figure, Group, Money
from checkpoints.published_indicators import PublishedIndicator, list_published
from checkpoints.undercount import Estimate
from dashboard.formats import Formats
from dashboard.map_places import name_of_place
from dashboard.observatory_report import Report, Table
from dashboard.translations import Translations
from tracker.geography import Geography

Cell = dict[str, str]
Column = tuple[str, Callable[[Group], Cell]]
NOTHING = "–"


class ReportWords:
    """Writes a report in one language."""

    def __init__(self, report: Report, geography: Geography, phrases: Translations, language: str) -> None:
        """Write `report` in `language`, one of `tracker.phrases.LANGUAGES`."""
        self.report, self.geography, self.phrases, self.language = report, geography, phrases, language
        self.formats = Formats(language)
        self._, self.ngettext = phrases.gettext(language), phrases.ngettext(language)

    def document(self) -> dict[str, Any]:
        """Return everything that the template prints, in order."""
        _, report, formats = self._, self.report, self.formats
        until = report.ended_at.date() if report.ended_at else None
        day = until or (start_of(report.period.last + 1) - timedelta(days=1)).date()
        of_data = [_("Data to {day}", day=formats.day(until))] if until else []
        return {
            "language": self.language,
            "title": _("Observatory of the free movement of coaches"),
            "period": report.period.name,
            "standfirst": _(
                "Controls, illicit payments and delays of coaches. What crews report is a lower bound; "
                "each figure has its 95 % interval below it."
            ),
            "day": [day.year, day.month, day.day],
            "origin": " · ".join([*of_data, _("software {version}", version=report.version)]),
            "page": _("Page"),
            "readers": _(
                "For the public. Rows that rest on fewer than five trips, three coaches or two operators "
                "are withheld, and so are those from which they would follow."
            ),
            "reply_title": _("Right of reply"),
            "reply": _(
                "Each state that a figure concerns may answer within 14 days of receiving it; its answer "
                "is printed beside the figure."
            ),
            "empty": None if not report.is_empty else _("No trip of this period counts yet.") + " " + _(
                "A trip counts when its sheet is closed and positions heard nine tenths of it. No figure "
                "is not a figure of zero."
            ),
            "tables": [] if report.is_empty else self._tables(),
            "method_title": _("Method"),
            "method": self._method(),
            "rates_title": _("Exchange rates used"),
            "rates": [
                [
                    _("1 {currency} = {rate} XOF", currency=rate.currency, rate=formats.number(rate.xof, 3)),
                    formats.day(rate.on),
                    rate.source,
                ]
                for rate in report.rates
                if rate.currency != "XOF"
            ],
            "no_rates": _("No payment was converted to XOF."),
            "published": self._published(),
        }  # fmt: skip

    def _tables(self) -> list[dict[str, Any]]:
        _, tables = self._, self.report.tables
        controls: list[Column] = [
            (_("Controls per trip"), self._figure("controls", "trip", 1)),
            (_("Controls per 100 km"), self._figure("controls", "100km", 2)),
            (_("Control time per trip, min"), self._figure("control_min", "trip", 1)),
            (_("Control time per 100 km, min"), self._figure("control_min", "100km", 1)),
            (_("At borders per trip, min"), self._figure("border_min", "trip", 1)),
        ]
        delays: list[Column] = [
            (_("Controls on the way"), self._figure("control_min", "trip", 1)),
            (_("At borders"), self._figure("border_min", "trip", 1)),
            (_("per border"), self._figure("border_min", "border", 1)),
            (_("Waiting for opening hours"), self._figure("opening_min", "trip", 1)),
            (_("Slower than free flow"), self._figure("slow_min", "trip", 1)),
        ]
        money: list[Column] = [
            (_("Illicit payments per trip, by the crew"), self._paid("crew")),
            (_("by passengers"), self._paid("passenger")),
        ]
        told: list[Column] = [
            (_("On the road, told"), lambda g: self._told(g.on_road)),
            (_("estimated"), lambda g: self._estimated(g.on_road)),
            (_("At borders, told"), lambda g: self._told(g.at_borders)),
            (_("estimated, at least"), lambda g: self._estimated(g.at_borders)),
        ]
        desk = _(
            "Control time is that of controls on the way; at borders an agency has its desk's time, as it logged it. "
            "Rows rest on the trips through their country."
        )
        undercount = _(
            "Crews do not report every control. From what crews, positions and logs tell of the same controls follows "
            "how many none of them told (capture and recapture), as long as they do not copy from each other."
        )
        apart = _(
            "Minutes per trip; at borders also per border crossed. Driving is compared with 70 km/h of free flow, an assumption."
        )
        of_states = _("Of the stretches in each country, on trips that pass it.")
        return [
            self._table(_("All corridors"), "", tables["all"], controls + delays[3:], _("Period")),
            self._table(_("By corridor"), "", tables["corridor"], controls, _("Corridor")),
            self._table(_("By direction"), "", tables["direction"], controls, _("Corridor")),
            self._table(_("Four delays, kept apart"), apart, tables["corridor"], delays, _("Corridor")),
            self._table(_("Illicit payments by corridor"), "", tables["corridor"], money, _("Corridor"), is_wide=True),
            self._table(_("By country"), of_states, tables["country"], controls, _("Country"), answers=True),
            self._table(_("Illicit payments by country"), of_states, tables["country"], money, _("Country"), True, True),
            self._table(
                _("How many controls there really were"), undercount, tables["country"], told, _("Country"), answers=True
            ),
            self._table(_("By country and agency"), desk, tables["agency"], controls, _("Agency"), answers=True),
            self._table(
                _("Illicit payments by country and agency"), of_states, tables["agency"], money, _("Agency"), True, True
            ),
        ]  # fmt: skip

    def _table(
        self,
        title: str,
        note: str,
        table: Table,
        columns: list[Column],
        lead: str,
        is_wide: bool = False,
        answers: bool = False,
    ) -> dict[str, Any]:
        """Return a table. `is_wide`: few columns of long words; `answers`: states are named, so their right of reply is too."""
        rows: list[dict[str, Any]] = []
        for key in table.keys:
            named = False
            for population in self._populations(table, key):
                group = table.find(key, population)
                name = {"text": "" if named else self._name(table.name, key), "sub": ""}
                if len(table.withheld_of(key)) < len(POPULATIONS):
                    name["sub"] = self.phrases.say(f"population.{population}", {}, self.language)
                if group is not None:
                    name["sub"] += f" · {self._size(group, table.name != 'agency')}"
                cells = None if group is None else [make(group) for _, make in columns]
                rows.append({"is_head": population == POPULATIONS[0], "name": name, "cells": cells})
                named = True
        return {
            "title": title, "note": note, "lead": lead, "head": [name for name, _ in columns], "rows": rows,
            "withheld": self._("withheld: too few"), "is_wide": is_wide, "answers": answers,
        }  # fmt: skip

    @staticmethod
    def _populations(table: Table, key: tuple[str, ...]) -> list[str]:
        """Return the populations of a row's lines; where both are withheld, one line says so."""
        gone = table.withheld_of(key)
        if len(gone) == len(POPULATIONS):
            return gone[-1:]
        return [name for name in POPULATIONS if name in gone or table.find(key, name)]

    def _name(self, table: str, key: tuple[str, ...]) -> str:
        if table == "all":
            return self.report.period.name
        if table in ("corridor", "direction"):
            corridor = self.geography.corridors.get(key[0])
            name = corridor.name if corridor else key[0]
            if table == "corridor" or corridor is None:
                return name
            end = corridor.destination if key[1] == "up" else corridor.origin
            return f"{name}, {self._('towards {place}', place=name_of_place(end, self.geography))}"
        country = self.formats.country(key[0]) if key[0] not in ("", ALL) else self._("shared by two states")
        if table == "country":
            return country
        agency = self.phrases.say(f"agency.{key[1]}", {}, self.language) if key[1] else self._("not known whose")
        return f"{country}: {agency}"

    def _size(self, group: Group, is_whole: bool) -> str:
        parts = [self.ngettext("{n} trip", "{n} trips", group.trips)]
        if is_whole:
            parts += [
                self.ngettext("{n} coach", "{n} coaches", group.coaches),
                self.ngettext("{n} operator", "{n} operators", group.operators),
                f"{self.formats.number(group.km)} km",
            ]
            if group.coverage is not None:
                parts.append(self._("coverage {share}", share=self.formats.percent(group.coverage)))
        return " · ".join(parts + [self.phrases.say(f"mark.{mark}", {}, self.language) for mark in group.marks])

    def _figure(self, name: str, per: Any, digits: int) -> Callable[[Group], Cell]:
        return lambda group: self._interval(group.figures.get((name, per)), digits)

    def _interval(self, figure: Figure | None, digits: int) -> Cell:
        if figure is None:
            return {"text": NOTHING, "sub": ""}
        return {"text": self.formats.number(figure.value, digits), "sub": self._range(figure.low, figure.high, digits)}

    def _range(self, low: float | None, high: float | None, digits: int) -> str:
        if low is None or high is None:
            return ""
        return f"{self.formats.number(low, digits)} – {self.formats.number(high, digits)}"

    def _paid(self, payer: str) -> Callable[[Group], Cell]:
        def write(group: Group) -> Cell:
            own = [money for money in group.money if money.payer == payer]
            if not own:
                return {"text": self._("none reported"), "sub": ""}
            return {"text": "\n".join(self._sum(money) for money in own), "sub": ""}

        return write

    def _sum(self, money: Money) -> str:
        where = self.phrases.say(f"pay_place.{money.place}", {}, self.language)
        mean = money.per_trip
        digits = 0 if mean.value >= 100 else 2
        text = f"{self.formats.money(round(mean.value, digits), money.currency)} {where}"
        if between := self._range(mean.low, mean.high, digits):
            text += f" ({between})"
        if money.currency == "XOF":
            return text
        if money.xof_per_trip is None:
            return f"{text}, {self._('no rate for XOF')}"
        return f"{text} = {self.formats.money(round(money.xof_per_trip), 'XOF')}"

    def _told(self, estimate: Estimate | None) -> Cell:
        text = self._("too few told twice") if estimate is None else self.formats.number(estimate.told)
        return {"text": text, "sub": ""}

    def _estimated(self, estimate: Estimate | None) -> Cell:
        if estimate is None:
            return {"text": NOTHING, "sub": ""}
        return {"text": self.formats.number(estimate.total), "sub": self._range(estimate.low, estimate.high, 0)}

    def _method(self) -> list[str]:
        _ = self._
        return [
            _(
                "A trip counts when its operator closed its sheet and positions heard nine tenths of it. "
                "Coverage is the share of finished trips that count."
            ),
            _(
                "In order: the operator declared coach and crew in order, and no control of the trip said"
                " otherwise. All trips stand beside it."
            ),
            _(
                "Illicit: paid without a receipt, or with one for nothing that is listed. Tolls and "
                "listed charges are not among them."
            ),
            _(
                "Intervals are drawn over coaches, not trips, because a crew that reports everything does"
                " so on every trip."
            ),
            _(
                "Few: fewer than five trips, three coaches or two operators. Short road: less than 100 km"
                " a trip in that country."
            ),
        ]  # fmt: skip

    def _published(self) -> dict[str, Any]:
        _ = self._
        return {
            "title": _("What observatories published of trucks"),
            "note": _(
                "Dated claims, each with its source, on their own kilometres and samples. They are not "
                "comparable with the figures of coaches above."
            ),
            "head": [_("Period"), _("Where"), _("What"), _("Value"), _("Source")],
            "rows": [self._claim(one) for one in list_published()],
        }  # fmt: skip

    def _claim(self, one: PublishedIndicator) -> list[str]:
        def say(code: str) -> str:
            return self.phrases.say(code, {}, self.language)

        where = self.formats.country(one.country) if one.country else one.scope
        vague = f"{say(f'precision.{one.precision}')} " if one.precision not in (None, "basis_by_context") else ""
        if one.unit in ("XOF", "USD"):
            value = self.formats.money(one.value, one.unit)
        elif one.unit == "minutes":
            value = self._("{n} min", n=self.formats.number(one.value))
        else:
            value = self.formats.number(one.value, 1)
        return [
            one.period,
            where,
            f"{say(f'published.{one.metric}')}, {say(f'published_per.{one.per}')}",
            vague + value,
            one.source,
        ]
