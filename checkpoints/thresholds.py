"""Thresholds: how much it takes until a rule of flags speaks. Plain values; the rules take them as an argument.

An installation may set each one (`CORRIDOR_FLAG_...`, `docs/settings.md`), where its unit and the reason for its default stand.
Changed ones hold from the next run of the rules on; `corridor rebuild flags` goes over the whole log with them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

from tracker.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What the rules of flags compare with; the names are those of the settings after `flag_`."""

    quiet_days: int = 14
    same_km: float = 1.0
    unlisted_window_days: int = 35
    unlisted_least_passes: int = 3
    unlisted_least_coaches: int = 3
    unlisted_least_operators: int = 2
    unlisted_least_confidence: float = 0.5
    unlisted_false_alarms: float = 0.01
    reports_window_days: int = 28
    harassment_least_reports: int = 1
    payment_least_reports: int = 1
    payment_repeated: int = 3
    payment_place_km: float = 1.0
    excess_weeks: int = 4
    excess_tolerance: float = 1.0
    excess_sureness: float = 0.8
    excess_grave: float = 5.0
    excess_points_coaches: int = 2
    device_stands_days: int = 7
    device_stands_others: int = 2
    device_window_days: int = 7
    device_least_fixes: int = 200
    device_clock_share: float = 0.2
    device_refused_share: float = 0.3
    border_window_days: int = 28
    border_least: int = 10
    border_unlogged_share: float = 0.1
    border_least_disputes: int = 3
    border_grave_minutes: int = 60
    border_least_unmatched: int = 3
    border_least_off_post: int = 1
    delay_usual_weeks: int = 8
    delay_factor: float = 1.5
    delay_least_minutes: int = 15
    delay_sureness: float = 0.9
    manifest_least: int = 5
    manifest_share: float = 0.1

    @property
    def quiet(self) -> timedelta:
        """So long without new evidence, and a flag closes."""
        return timedelta(days=self.quiet_days)

    @property
    def reports_window(self) -> timedelta:
        """So far back reports speak of now."""
        return timedelta(days=self.reports_window_days)

    @classmethod
    def of(cls, settings: Settings) -> Thresholds:
        """Return those of an installation."""
        return cls(**{field.name: getattr(settings, f"flag_{field.name}") for field in fields(cls)})


DEFAULT = Thresholds()
