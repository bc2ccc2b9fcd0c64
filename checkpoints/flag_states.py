"""Which decision is possible about a flag, and what becomes of it. Pure.

Monitors corroborate; only the act of a competent authority confirms. What the machine closed (`closed_quiet`, `withdrawn`)
opens again by itself when evidence comes; what a person dismissed or resolved opens by a person only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.errors import Reason

DECISIONS: Mapping[str, str] = {  # what a decision makes of a flag
    "review": "reviewing",
    "corroborate": "corroborated",
    "confirm": "confirmed_unauthorised",
    "refer": "referred",
    "dismiss": "dismissed",
    "resolve": "resolved",
    "reopen": "open",
}
_ENDED = frozenset({"dismissed", "resolved", "closed_quiet", "withdrawn"})
_GOING = frozenset({"open", "reviewing", "corroborated", "referred"})
POSSIBLE: Mapping[str, frozenset[str]] = {  # from which status
    "review": frozenset({"open"}),
    "corroborate": frozenset({"open", "reviewing", "referred"}),
    "confirm": _GOING,
    "refer": frozenset({"open", "reviewing", "corroborated"}),
    "dismiss": _GOING,
    "resolve": frozenset({"corroborated", "confirmed_unauthorised", "referred"}),
    "reopen": _ENDED,
}
ACT = ("authority", "title", "date", "reference")
DISMISSALS = ("authorised_after_all", "rest_place", "congestion", "device_fault", "duplicate", "false_report")


def possible(status: str) -> list[str]:
    """Return the decisions that are possible about a flag in a status."""
    return [decision for decision in DECISIONS if status in POSSIBLE[decision]]


def check(status: str, body: Mapping[str, Any]) -> list[Reason]:
    """Return every reason why a decision cannot be taken; none when it can."""
    decision = str(body.get("decision"))
    if decision not in DECISIONS:
        return [Reason("unknown_decision", "decision", {"known": ", ".join(DECISIONS)})]
    reasons = []
    if status not in POSSIBLE[decision]:
        reasons.append(Reason("decision_not_possible", "decision", {"status": status}))
    if decision == "confirm":
        act = body.get("act") or {}
        reasons += [Reason("act_needed", f"act.{name}") for name in ACT if not str(act.get(name) or "").strip()]
    if decision == "dismiss" and body.get("reason") not in DISMISSALS:
        reasons.append(Reason("dismissal_needs_reason", "reason", {"known": ", ".join(DISMISSALS)}))
    if decision == "refer" and not str(body.get("to") or "").strip():
        reasons.append(Reason("referral_needs_whom", "to"))
    return reasons


def after(status: str, body: Mapping[str, Any]) -> str:
    """Return the status after a decision; the same where the decision is not possible any more (two people at once)."""
    return status if check(status, body) else DECISIONS[body["decision"]]
