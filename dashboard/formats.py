"""Numbers, money, times and durations as each language writes them.

Times always name their zone: Benin, Niger and Nigeria are an hour ahead of the others, and a coach crosses that line.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

# British order of day and month; European Portuguese, as Cabo Verde and Guinea-Bissau write it.
LOCALES = {"en": "en_GB", "fr": "fr", "pt": "pt_PT"}
THIN = "\N{NARROW NO-BREAK SPACE}"
DAYS = {"en": "d", "fr": "j", "pt": "d"}


class Formats:
    """Writes values in one language."""

    def __init__(self, language: str) -> None:
        """Write in `language`, one of `tracker.phrases.LANGUAGES`."""
        self.language = language
        self._locale = Locale.parse(LOCALES[language])

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """Return a number with at most `digits` decimals."""
        return format_decimal(value, "#,##0" + ("." + "#" * digits if digits else ""), self._locale)

    def percent(self, share: float) -> str:
        """Return a share of 1 as per cent."""
        return format_percent(share, "#,##0%" if self.language == "en" else None, self._locale)

    def money(self, amount: float | Decimal, currency: str) -> str:
        """Return an amount in its own currency (ISO 4217), without decimals when there are none."""
        whole = amount == int(amount)
        symbol = "¤\N{NO-BREAK SPACE}#,##0" if self.language == "en" else "#,##0\N{NO-BREAK SPACE}¤"
        return format_currency(
            amount, currency, symbol if whole else None, self._locale, currency_digits=not whole
        )  # fmt: skip

    def day(self, day: date) -> str:
        """Return a day: `23 Nov 2026`."""
        return format_date(day, "d MMM y", self._locale)

    def moment(self, moment: datetime, zone: tzinfo = UTC) -> str:
        """Return day, time and zone: `23 Nov 2026, 21:05 UTC`."""
        return f"{self.day(moment.astimezone(zone).date())}, {self.clock(moment, zone)}"

    def clock(self, moment: datetime, zone: tzinfo = UTC) -> str:
        """Return time and zone: `22:05 UTC+1`."""
        local = moment.astimezone(zone)
        return f"{format_skeleton('Hm', local.replace(tzinfo=None), locale=self._locale)} {zone_name(local)}"

    def weekday(self, number: int) -> str:
        """Return a day of the week, short; 0 is Monday."""
        return str(self._locale.days["stand-alone"]["abbreviated"][number])

    def duration(self, length: timedelta) -> str:
        """Return a length of time in its two largest units: `2 h 05 min`, `40 s`."""
        seconds = round(abs(length).total_seconds())
        sign = "−" if length < timedelta(0) and seconds else ""
        if seconds < 60:
            return f"{sign}{seconds}{THIN}s"
        minutes = round(seconds / 60)
        if minutes < 60:
            return f"{sign}{minutes}{THIN}min"
        hours, minutes = divmod(minutes, 60)
        if hours < 48:
            return f"{sign}{hours}{THIN}h {minutes:02}{THIN}min"
        days, hours = divmod(hours, 24)
        return f"{sign}{days}{THIN}{DAYS[self.language]} {hours}{THIN}h"

    def seconds(self, length_s: float) -> str:
        """Return so many seconds as `duration` writes them."""
        return self.duration(timedelta(seconds=length_s))

    def country(self, code: str) -> str:
        """Return the name of a country (ISO 3166 alpha-2)."""
        return str(self._locale.territories.get(code, code))

    def ago(self, moment: datetime, now: datetime) -> str:
        """Return how long ago that was, in words: `4 minutes ago`."""
        return format_timedelta(
            moment - now, add_direction=True, granularity="second", threshold=1.5, locale=self._locale
        )


def zone_name(moment: datetime) -> str:
    """Return the zone of an aware time by its offset: `UTC`, `UTC+1`."""
    offset = moment.utcoffset() or timedelta(0)
    if not offset:
        return "UTC"
    hours, minutes = divmod(abs(round(offset.total_seconds() / 60)), 60)
    return f"UTC{'+' if offset > timedelta(0) else '−'}{hours}" + (f":{minutes:02}" if minutes else "")
