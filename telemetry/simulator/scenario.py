"""A scenario: the truth of a simulated stretch of time, as `docs/scenarios.md` describes it. Strict: a typo is refused.

What a file leaves out has the default written here. `Scenario` holds values only; files are read by `scenario_files`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from telemetry.wire.codes import Agency, Identifier
from telemetry.wire.money import Currency
from telemetry.wire.times import parse_time


def _rising(pair: list[float]) -> list[float]:
    if pair[1] < pair[0]:
        raise PydanticCustomError("range_reversed", "the second is less than the first")
    return pair


def _later(value: datetime, info: ValidationInfo) -> datetime:
    start = info.data.get("from_")
    if start is not None and value <= start:
        raise PydanticCustomError("time_before", "before its start", {"other": "from"})
    return value


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):  # YAML has read it already
        if value.tzinfo is None:
            raise PydanticCustomError("time_without_zone", "no zone")
        return parse_time(value.isoformat())
    return parse_time(value)


Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=100)]
Kilometre = Annotated[float, Field(ge=0, le=5000)]
Moment = Annotated[datetime, PlainValidator(_moment)]
Minute = Annotated[float, Field(ge=0.5, le=2880)]
# From the shorter to the longer.
Minutes = Annotated[list[Minute], Field(min_length=2, max_length=2), AfterValidator(_rising)]
# Of a control: a payment in passing takes some seconds.
Passing = Annotated[float, Field(ge=0.05, le=2880)]
ControlMinutes = Annotated[list[Passing], Field(min_length=2, max_length=2), AfterValidator(_rising)]
Amount = Annotated[float, Field(gt=0, le=1_000_000_000)]
Amounts = Annotated[list[Amount], Field(min_length=2, max_length=2), AfterValidator(_rising)]
# Local time at the place; 22 to 4 goes over midnight, and the same hour twice is all day.
Hour = Annotated[float, Field(ge=0, le=24)]
Hours = Annotated[list[Hour], Field(min_length=2, max_length=2)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Fleet(_Part):
    """How many drive. `trips_per_vehicle_per_day` is an upper bound: a coach leaves again after it has rested.

    `undeclared_share`: trips of which the operator says nothing.
    """

    operators: Annotated[int, Field(ge=1, le=500)]
    vehicles: Annotated[int, Field(ge=1, le=5000)]
    trips_per_vehicle_per_day: Annotated[float, Field(gt=0, le=10)]
    undeclared_share: Share = 0.0


class Service(_Part):
    """Departures a day and direction between two hubs of a corridor; without any, coaches drive whole corridors."""

    corridor: Identifier
    origin: Identifier
    destination: Identifier
    departures_per_day: Annotated[float, Field(gt=0, le=200)]


class Sampling(_Part):
    """How a coach is seen. Distances in metres, times as their names say.

    An outage is a stretch without network: its fixes are sent when it is over. In `offline_share` of them the unit itself
    was off, and they never come. `standing_interval_s`: at its station. `live_interval_s`: after the history.
    """

    interval_s: Annotated[int, Field(ge=1, le=3600)] = 30
    jitter_m: Annotated[float, Field(ge=0, le=500)] = 12.0
    outage_per_100km: Rate = 0.0
    outage_minutes: Minutes = [3, 40]
    offline_share: Share = 0.0
    spike_share: Annotated[float, Field(ge=0, le=0.2)] = 0.007
    standing_interval_s: Annotated[int, Field(ge=1, le=7200)] = 300
    live_interval_s: Annotated[int, Field(ge=1, le=3600)] | None = None


class Congestion(_Part):
    """Stop and go from `at_km` on, in these hours. Without `corridor` it lies on the first one of the scenario."""

    at_km: Kilometre
    length_km: Annotated[float, Field(gt=0, le=100)]
    hours: Hours = [0, 24]
    corridor: Identifier | None = None


class Halts(_Part):
    """What makes a coach stand besides controls and borders. `popular_share` of the rests are at places all use."""

    rest_per_100km: Rate = 0.55
    rest_minutes: Minutes = [4, 35]
    popular_share: Share = 0.5
    breakdown_per_1000km: Rate = 0.0
    breakdown_minutes: Minutes = [20, 240]
    congestion: list[Congestion] = []


class Dwell(_Part):
    """Minutes at a border, both sides and the queue together, in open hours; log-normal."""

    median: Minute
    p95: Minute

    @field_validator("p95")
    @classmethod
    def _at_least_median(cls, value: float, info: ValidationInfo) -> float:
        if (median := info.data.get("median")) is not None and value < median:
            raise PydanticCustomError("below_limit", "less than the median", {"limit": median})
        return value


class Slow(_Part):
    """A time in which a border takes `factor` times as long."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Moment = Field(alias="from")
    to: Moment
    factor: Annotated[float, Field(ge=1, le=20)]

    @field_validator("to")
    @classmethod
    def _after_from(cls, value: datetime, info: ValidationInfo) -> datetime:
        return _later(value, info)


class PostRule(_Part):
    """What is different at one border, named by the post on either side. `hours`: when it is open (both sides)."""

    post: Identifier
    dwell_minutes: Dwell | None = None
    hours: Hours | None = None
    slow: Slow | None = None


class Borders(_Part):
    """How long borders take, and what is not so in their logs: of sides, unless `log_faults` says otherwise."""

    dwell_minutes: Dwell = Dwell(median=45, p95=140)
    unlogged_share: Share = 0.1
    understated_share: Share = 0.0
    heaped_share: Share = 0.0
    seal_changed_share: Share = 0.0
    got_off_share: Share = 0.0
    turned_back_share: Share = 0.0
    at: list[PostRule] = []


class Payment(_Part):
    """What is asked at a control; `share` of the reported halts paid."""

    currency: Currency
    amounts: Amounts
    share: Share = 1.0


class Checkpoint(_Part):
    """A place of control: what is to be found (`listed: false`), or to be left alone.

    `direction`: `up` with rising kilometres. `from`, `to`: the whole scenario where left out.
    """

    model_config = ConfigDict(populate_by_name=True)

    corridor: Identifier
    at_km: Kilometre
    listed: bool
    stop_share: Share
    minutes: ControlMinutes
    agency: Agency = "unknown"
    direction: Literal["both", "up", "down"] = "both"
    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = None
    hours: Hours = [0, 24]
    reported_share: Share = 0.0
    payment_xof: Amounts | None = None
    payment: Payment | None = None

    @field_validator("to")
    @classmethod
    def _after_from(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        return value if value is None else _later(value, info)

    @property
    def asked(self) -> Payment | None:
        """What is asked here, in whichever form it was written."""
        if self.payment is None and self.payment_xof is not None:
            return Payment(currency="XOF", amounts=self.payment_xof)
        return self.payment


class Reports(_Part):
    """What crews say that is not so, or twice; harassment as they report it."""

    false_share: Share = 0.02
    double_share: Share = 0.03
    harassment_per_100_trips: Rate = 5.0
    harassment_false_share: Share = 0.1
    harassment_double_share: Share = 0.15


class Scenario(_Part):
    """A whole file."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    start: Moment
    days: Annotated[float, Field(gt=0, le=3660)]
    fleet: Fleet
    corridors: Annotated[list[Identifier], Field(min_length=1, max_length=50)]
    services: list[Service] = []
    sampling: Sampling = Sampling()
    halts: Halts = Halts()
    borders: Borders = Borders()
    checkpoints: list[Checkpoint] = []
    reports: Reports = Reports()
    note: Annotated[str, Field(max_length=4000)] = ""
