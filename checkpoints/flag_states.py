"""Which decision is possible about a flag, and what becomes of it. Pure.

Monitors corroborate; only the act of a competent authority confirms. What the machine closed (`closed_quiet`, `withdrawn`)
opens again by itself when evidence comes; what a person dismissed or resolved opens by a person only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
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
REMARKS: Mapping[str, frozenset[str]] = {  # these leave the status as it is
    "comment": _GOING | _ENDED | {"confirmed_unauthorised"},
    "answer": _GOING | {"confirmed_unauthorised"},
    "deadline": _GOING | {"confirmed_unauthorised"},
    "merge": _GOING,
}
ANSWER = "answer"  # of the agency's inspectorate; no step towards an end
OF_MERGED = ("split", "comment")  # one that was merged into another is decided about there
ACT = ("authority", "title", "date", "reference")
DISMISSALS = ("authorised_after_all", "rest_place", "congestion", "device_fault", "duplicate", "false_report")


def possible(status: str, *, is_merged: bool = False) -> list[str]:
    """Return the decisions that are possible about a flag in a status, or about one that was merged into another."""
    if is_merged:
        return list(OF_MERGED)
    return [decision for decision, froms in {**POSSIBLE, **REMARKS}.items() if status in froms]


def check(status: str, body: Mapping[str, Any], *, is_merged: bool = False) -> list[Reason]:
    """Return every reason why a decision cannot be taken; none when it can."""
    decision = str(body.get("decision"))
    known = dict.fromkeys((*DECISIONS, *REMARKS, *OF_MERGED))
    if decision not in known:
        return [Reason("unknown_decision", "decision", {"known": ", ".join(known)})]
    reasons = []
    if decision not in possible(status, is_merged=is_merged):
        reasons.append(Reason("decision_not_possible", "decision", {"status": "merged" if is_merged else status}))
    if decision == "confirm":
        act = body.get("act") or {}
        reasons += [Reason("act_needed", f"act.{name}") for name in ACT if not str(act.get(name) or "").strip()]
    if decision == "dismiss" and body.get("reason") not in DISMISSALS:
        reasons.append(Reason("dismissal_needs_reason", "reason", {"known": ", ".join(DISMISSALS)}))
    if decision == "refer" and not str(body.get("to") or "").strip():
        reasons.append(Reason("referral_needs_whom", "to"))
    if decision in ("comment", ANSWER) and not str(body.get("text") or "").strip():
        reasons.append(Reason(f"{decision}_needs_text", "text"))
    if decision == "deadline" and day_of(body.get("due")) is None:
        reasons.append(Reason("deadline_needs_day", "due"))
    if decision == "merge" and not body.get("into"):
        reasons.append(Reason("merge_needs_flag", "into"))
    return reasons


def day_of(text: Any) -> date | None:
    """Return the day that a text in ISO 8601 gives; None for no day."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
