"""What a viewer sees of flags: which ones, which of their evidence, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlmodel import Session, col, select

from checkpoints.alerts import CODES as ALERTS
from checkpoints.flag_states import ANSWER, possible
from checkpoints.flags import (
    Flag,
    FlagDecision,
    get_flag,
    list_decisions,
    list_evidence,
    list_flags,
    read_left_out,
)
from checkpoints.harassment_flags import PROTECTED
from checkpoints.thresholds import DEFAULT
from dashboard.flag_law import Law, read_law
from dashboard.restricted_flags import is_within, shown_flag, tells_no_coach, whole_days, withholds_message
from telemetry.seal import Sealer
from tracker.errors import NotAllowed, NotFound
from tracker.log import LogRow
from tracker.phrases import Phrasebook
from tracker.restrictions import Where
from tracker.scope import ALL, Action, Role, Scope, names

# Whether there is one, how sure and of how much rests on every payment, those for the observatory only among them.
OF_MONEY = frozenset({"illicit_payment"})
COARSE = frozenset({"harassment"})  # a coach and a minute would name who reported
MOST_MESSAGES = 500
LOOKED_AT = timedelta(days=DEFAULT.unlisted_window_days)  # by the rule that says what it left out
AROUND = timedelta(minutes=5)  # the fixes beside a halt say that the coach came and went
# What only the state's own side may say, and what it may not: nobody of a state closes what is said about it.
OF_FOCAL_POINT = frozenset({"review", "confirm", "comment"})

# Values of grounds that are codes, and under which name their words stand.
CODES = {
    "agency": "agency", "direction": "crossing_direction", "kind": "harassment", "longer": "flag.source",
    "baseline": "flag.baseline",
}  # fmt: skip
AT_BORDERS = frozenset(
    {"border_delay", "crossing_unlogged", "crossing_unmatched", "crossing_disputed", "off_post_crossing"}
)
ON_SHEETS = frozenset({"seal_mismatch", "manifest_mismatch"})


def visible_flags(
    session: Session, scope: Scope, since: datetime | None = None, until: datetime | None = None, **filters: Any
) -> list[Flag]:
    """Return the flags in a viewer's reach: an operator's are those to which its coaches gave evidence, without `OF_MONEY`."""
    found = list_flags(
        session,
        countries=names(scope.countries(Action.VIEW_FLAGS)),
        evidence_of=names(scope.operators(Action.VIEW_FLAGS)),
        except_kinds=_withheld_kinds(scope),
        with_protected=scope.may(Action.VIEW_PROTECTED_REPORTS),
        **filters | (whole_days(since, until) if scope.restrictions else {"since": since, "until": until}),
    )
    shown = [(flag, shown_flag(session, scope, flag)) for flag in found]
    # One of which days are told is asked for by days; else questions one after the other would tell its minute.
    return [
        one for flag, one in shown
        if one is not None and (one is not flag or is_within(flag, since, until))
    ]  # fmt: skip


def _withheld_kinds(scope: Scope) -> frozenset[str]:
    return frozenset() if scope.may_see_payment(observatory_only=True) else OF_MONEY


def visible_left_out(session: Session, scope: Scope) -> dict[str, int] | None:
    """Return what the rules did not use, by reason; None for those who see a part of the flags only: it is of all coaches.

    Nothing of sections that are restricted or were while the rules looked, nor of what they do not know the section of
    while there are such: a difference would tell of a stop there.
    """
    sees_all = (scope.operators(Action.VIEW_FLAGS), scope.countries(Action.VIEW_FLAGS)) == (ALL, ALL)
    if not sees_all:
        return None
    # How often safety alerts were told is for the operators whose alerts they are.

    def is_told(section_id: str | None) -> bool:
        now = scope.restrictions.as_of
        return not scope.restrictions or not scope.holds_back_figures(Where(section_id), now - LOOKED_AT, now)

    return {code: n for code, n in read_left_out(session, is_told).items() if code not in ALERTS}


def get_visible_flag(session: Session, scope: Scope, flag_id: str) -> Flag:
    """Return a flag.

    Raises:
        NotFound: there is none of this id in the viewer's reach.
    """
    flag = get_flag(session, flag_id)
    operators = names(scope.operators(Action.VIEW_FLAGS))
    is_hidden = flag.is_protected and not scope.may(Action.VIEW_PROTECTED_REPORTS)
    is_hidden |= flag.kind in _withheld_kinds(scope)
    is_foreign = not scope.may(Action.VIEW_FLAGS, country=flag.country)
    if is_hidden or is_foreign or (operators is not None and not list_evidence(session, flag_id, operators)):
        raise NotFound("unknown_flag", flag_id=flag_id)
    if (shown := shown_flag(session, scope, flag)) is None:
        raise NotFound("unknown_flag", flag_id=flag_id)
    return shown


def evidence_of(session: Session, scope: Scope, flag: Flag) -> list[dict[str, Any]]:
    """Return the evidence that a viewer may see, as rows; harassment's without coach and minute, but to its own operator
    and the protection officer."""
    operators = names(scope.operators(Action.VIEW_FLAGS))
    if operators is None and tells_no_coach(scope, flag):
        return []
    is_coarse = flag.kind in COARSE and operators is None and not scope.may(Action.VIEW_REPORTER)
    rows = []
    for piece in list_evidence(session, flag.flag_id, operators):
        row = piece.model_dump(exclude={"flag_id"})
        if is_coarse:
            day = piece.started_at.replace(hour=0, minute=0, second=0, microsecond=0)
            row |= {"vehicle_id": None, "operator_id": None, "started_at": day, "ended_at": None, "ref": None}
            row |= {"first_seq": None, "last_seq": None}
        rows.append(row)
    return rows


def messages_of(session: Session, scope: Scope, flag: Flag, number: int) -> list[dict[str, Any]]:
    """Return the raw messages of one piece of evidence with what proves them: hash and chain.

    The body of one that tells of protected kinds of harassment is None for those who may not know of them. A control has
    neither hash nor chain for people of operators, and only the payments that they may see: amounts could be tried out.

    Raises:
        NotFound: there is no such piece in the viewer's reach.
        NotAllowed: the viewer may see the flag, but not who reported.
    """
    pieces = list_evidence(session, flag.flag_id, names(scope.operators(Action.VIEW_FLAGS)))
    piece = next((one for one in pieces if one.number == number), None)
    is_own = names(scope.operators(Action.VIEW_FLAGS)) is not None
    if piece is None or (tells_no_coach(scope, flag) and not is_own):
        raise NotFound("unknown_evidence", number=number)
    if flag.kind in COARSE and not is_own and not scope.may(Action.VIEW_REPORTER):
        raise NotAllowed()
    query = select(LogRow).where(col(LogRow.seq) >= piece.first_seq, col(LogRow.seq) <= piece.last_seq)
    if piece.kind == "log":  # an entry of a post, not of the coach
        query = query.where(col(LogRow.subject).startswith("posts/"))
    else:
        query = query.where(col(LogRow.subject) == f"vehicles/{piece.operator_id}/{piece.vehicle_id}")
    if piece.kind == "halt":  # what came late, between others, is not of it
        ended_at = piece.ended_at or piece.started_at
        query = query.where(
            col(LogRow.observed_at) >= piece.started_at - AROUND, col(LogRow.observed_at) <= ended_at + AROUND
        )
    sees_protected = is_own or scope.may(Action.VIEW_PROTECTED_REPORTS)

    def is_withheld(body: bytes) -> bool:
        return not sees_protected and not PROTECTED.isdisjoint(orjson.loads(body).get("harassment") or ())

    found = session.exec(query.order_by(col(LogRow.seq)).limit(MOST_MESSAGES))
    rows = [row for row in found if not withholds_message(scope, piece.operator_id, row)]
    return [
        {
            "seq": row.seq,
            "message_id": str(row.message_id),
            "kind": row.kind,
            "observed_at": row.observed_at,
            "sent_at": row.sent_at,
            "received_at": row.received_at,
            "body": None if is_withheld(row.body) else (_without_marked(row.body) if is_cut else row.body).decode(),
            "content_hash": None if is_cut else row.content_hash.hex(),
            "chain": None if is_cut else row.chain.hex(),
        }
        for row in rows
        for is_cut in [row.kind == "control" and not scope.may_see_payment(observatory_only=True)]
    ]


def _without_marked(body: bytes) -> bytes:
    """Return a control as it would have been without payments for the observatory only."""
    said = orjson.loads(body)
    if not (kept := [paid for paid in said.pop("payments", None) or () if not paid.get("observatory_only")]):
        return orjson.dumps(said)
    return orjson.dumps(said | {"payments": kept})


def decisions_for(scope: Scope, flag: Flag) -> list[str]:
    """Return the decisions that a viewer may take about a flag now."""
    everything = possible(flag.status, is_merged=flag.merged_into is not None)
    if scope.may(Action.ANSWER_FLAGS, country=flag.country, agency=flag.agency):
        return [decision for decision in everything if decision == ANSWER]
    if not scope.may(Action.DECIDE_FLAGS, country=flag.country):
        return []
    allowed = [decision for decision in everything if decision != ANSWER]  # only the agency answers for itself
    if scope.viewer is not None and scope.viewer.role is Role.FOCAL_POINT:
        return [decision for decision in allowed if decision in OF_FOCAL_POINT]
    return allowed


def flag_row(flag: Flag) -> dict[str, Any]:
    """Return a flag as the API's list has it."""
    return flag.model_dump(exclude={"is_protected", "grounds", "rule"})


def flag_details(
    flag: Flag,
    evidence: Sequence[Mapping[str, Any]],
    decisions: Sequence[Mapping[str, Any]],
    law: Law | None,
    phrases: Phrasebook,
    language: str,
) -> dict[str, Any]:
    """Return a flag with its grounds in the caller's language, its evidence, what it does not claim, and its decisions."""
    grounds = [ground | {"message": ground_message(ground, phrases, language)} for ground in flag.grounds]
    return flag_row(flag) | {
        "grounds": grounds,
        "does_not_claim": phrases.say(f"flag.claims_not.{claim_of(flag)}", {}, language),
        "evidence": list(evidence),
        "law": None if law is None else asdict(law),
        "decisions": list(decisions),
    }


def ground_message(ground: Mapping[str, Any], phrases: Phrasebook, language: str) -> str:
    """Return a ground as a sentence: values that are codes are said in words, shares in percent."""
    values = {
        name: phrases.say(f"{CODES[name]}.{value}", {}, language) if name in CODES and isinstance(value, str)
        else f"{round(value * 100)} %" if name == "share" and isinstance(value, (int, float)) else value
        for name, value in ground["values"].items()
    }  # fmt: skip
    return phrases.say(f"ground.{ground['code']}", values, language)


def claim_of(flag: Flag) -> str:
    """Return the code of what a kind of flag does not claim."""
    if flag.kind in ("unlisted_checkpoint", "en_route_control", "harassment"):
        return flag.kind
    return (
        "border"
        if flag.post_id is not None and flag.kind in AT_BORDERS
        else "sheet"
        if flag.kind in ON_SHEETS
        else "reported"
    )


def read_details(
    session: Session, scope: Scope, flag_id: str, sealer: Sealer
) -> tuple[Flag, list[dict[str, Any]], list[dict[str, Any]], Law | None]:
    """Return a flag in the viewer's reach with its evidence, the decisions about it, and what the law says of its place.

    Raises:
        NotFound: there is none of this id in the viewer's reach.
    """
    flag = get_visible_flag(session, scope, flag_id)
    may_read = scope.may(Action.DECIDE_FLAGS, country=flag.country)
    decisions = [_decision(session, one, sealer, may_read=may_read) for one in list_decisions(session, flag_id)]
    return flag, evidence_of(session, scope, flag), decisions, read_law(session, flag)


def _decision(session: Session, decision: FlagDecision, sealer: Sealer, *, may_read: bool) -> dict[str, Any]:
    """Return a decision as rows of page and API have it. A comment's `text` is None for those who may not read it, and once
    it was erased."""
    said = dict(decision.said)
    if "text" in said:
        said["text"] = opened(session, sealer, said["text"]) if may_read else None
    return decision.model_dump(exclude={"flag_id"}) | {"said": said}


def opened(session: Session, sealer: Sealer, sealed: Any) -> str | None:
    """Return what somebody wrote; None once it was erased."""
    try:
        return sealer.open_sealed(session, sealed).decode()
    except NotFound:
        return None
