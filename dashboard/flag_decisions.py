"""People's decisions about flags: judged, then appended to the log like everything else that happened, so that they replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlmodel import Session

from checkpoints.flag_merging import merge_faults
from checkpoints.flag_states import check, day_of
from checkpoints.flags import GOING, Flag
from dashboard import audit
from dashboard.flag_reading import decisions_for, visible_flags
from dashboard.parts import Parts
from telemetry.redact import redacted
from tracker.errors import BadInput, Conflict, NotAllowed, Reason
from tracker.log import FLAGS, Outcome, append, own_entry
from tracker.scope import Scope

FIELDS = ("decision", "act", "reason", "to", "text", "due", "into")
LONGEST, LONGEST_TEXT = 300, 2000  # characters
MOST = 5000


def decide(parts: Parts, scope: Scope, flag: Flag, given: Mapping[str, Any], message_id: UUID | None = None) -> None:
    """Take a decision about a flag.

    Raises:
        BadInput: it cannot be taken; every reason.
        NotAllowed: not by this person.
        Conflict: another decision has this id.
    """
    body = {
        name: _short(given[name], LONGEST_TEXT if name == "text" else LONGEST) for name in FIELDS if given.get(name)
    }
    now = parts.clock.now()
    reasons = check(flag.status, body, is_merged=flag.merged_into is not None)
    if body["decision"] == "deadline" and not reasons and (day_of(body["due"]) or now.date()) < now.date():
        reasons = [Reason("deadline_is_over", "due")]
    if body["decision"] == "merge" and not reasons:
        with parts.database.reading() as session:
            known = {one.flag_id: one for one in visible_flags(session, scope, with_merged=True, limit=MOST)}
        into = known.get(body["into"])
        reasons = [Reason("merge_needs_flag", "into")] if into is None else merge_faults(flag, into)
    if reasons:
        raise BadInput(reasons=reasons)
    if body["decision"] not in decisions_for(scope, flag) or scope.viewer is None:
        raise NotAllowed()
    viewer = scope.viewer
    # What people write names people: it is sealed, so that it can be erased from a log that forgets nothing.
    sealed = [parts.sealer.seal(redacted(body["text"]).encode())] if "text" in body else []
    if sealed:
        body["text"] = sealed[0].written
    written = orjson.dumps(body | {"by": viewer.name, "role": viewer.role.value}, option=orjson.OPT_SORT_KEYS)
    entry = own_entry(message_id or uuid4(), f"{FLAGS}{flag.flag_id}", "decision", "rest", now, written)
    with parts.database.writing() as session:
        outcome = append(parts.database, session, [entry])[0]
        if outcome is Outcome.CONFLICT:
            raise Conflict()
        if outcome is Outcome.DUPLICATE:
            return
        parts.sealer.keep(session, sealed, now)
        details = {"decision": body["decision"]}
        audit.record(session, viewer, "flag.decided", f"flag:{flag.flag_id}", at=now, details=details)


def merge_choices(session: Session, scope: Scope, flag: Flag) -> list[Flag]:
    """Return the flags into which the viewer may merge one, the nearest first."""
    others = visible_flags(session, scope, kinds=[flag.kind], statuses=GOING, limit=MOST)
    near = [other for other in others if not merge_faults(flag, other)]
    return sorted(near, key=lambda other: (abs((other.km or 0.0) - (flag.km or 0.0)), other.flag_id))


def _short(value: Any, longest: int) -> Any:
    if isinstance(value, Mapping):
        return {str(key): str(item)[:longest] for key, item in value.items() if item}
    return str(value)[:longest]
