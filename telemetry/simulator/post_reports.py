"""What border posts say of themselves: open or closed, and how many vehicles wait. Some posts never do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from telemetry.kinds import Kind
from telemetry.simulator.border import RHYTHM
from telemetry.simulator.chance import draws
from telemetry.simulator.messages import Said, of_post
from telemetry.simulator.reports import POST_AGENCIES
from telemetry.simulator.roads import Road, Side
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.span import Span
from telemetry.simulator.timeline import is_within

EVERY_S = 3 * 3600
SILENT_SHARE, MISSED_SHARE = 0.2, 0.15
USUAL_QUEUE = 12  # vehicles; an assumption


def post_status(scenario: Scenario, road: Road, side: Side, span: Span) -> Iterator[Said]:
    """Yield a post's word about itself, every three hours or so, for as long as the span lasts."""
    if draws(scenario.seed, side.post_id, "status").random() < SILENT_SHARE:
        return
    hours = next((rule.hours for rule in scenario.borders.at if rule.post == side.post_id and rule.hours), None)
    if hours is None and side.hours is not None:
        hours = [bound / 60 for bound in side.hours]
    at_s = -(-int(span.start_s) // EVERY_S) * EVERY_S
    while span.end_s is None or at_s < span.end_s:
        rng = draws(scenario.seed, side.post_id, at_s)
        said_s = at_s + rng.randrange(0, 1200)
        if rng.random() >= MISSED_SHARE and (span.end_s is None or said_s < span.end_s):
            hour = road.local_hour(said_s, side.km)
            is_open = not side.is_closed and (hours is None or is_within(hour, hours))
            factor = next((f for window, f in RHYTHM if is_within(hour, window)), 1.0)
            body: dict[str, Any] = {"id": str(uuid5(NAMESPACE_URL, f"simulated:{scenario.seed}:{side.post_id}:{at_s}"))}
            body |= {"observed_at": said_s, "status": "open" if is_open else "closed"}
            body["queue_length"] = int(USUAL_QUEUE * factor * rng.uniform(0.3, 1.8)) if is_open else 0
            yield of_post(side.post_id, POST_AGENCIES[0], Kind.POST_STATUS, said_s + 30, body)
        at_s += EVERY_S
