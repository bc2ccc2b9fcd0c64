"""People's decisions about flags: judged, then appended to the log like everything else that happened, so that they replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlmodel import Session, col, select

from checkpoints.flag_merging import merge_faults
from checkpoints.flag_states import check, day_of
from checkpoints.flags import GOING, Flag
from dashboard import audit
from dashboard.flag_reading import decisions_for, get_visible_flag, visible_flags
from dashboard.parts import Parts
from telemetry.identity import canonical
from telemetry.redact import redacted
from tracker.errors import BadInput, Conflict, NotAllowed, NotFound, Reason
from tracker.log import FLAGS, LogRow, Outcome, append, own_entry
from tracker.scope import Scope

FIELDS = ("decision", "act", "reason", "to", "text", "due", "into")
LONGEST, LONGEST_TEXT = 300, 2000  # characters
MOST = 5000


def decide(parts: Parts, scope: Scope, flag: Flag, given: Mapping[str, Any], message_id: UUID | None = None) -> None:
    """Take a decision about a flag. The same one again, by its id, changes nothing and is no mistake.

    Raises:
        BadInput: it cannot be taken; every reason.
        NotAllowed: not by this person.
        Conflict: another decision has this id.
    """
    if scope.viewer is None:
        raise NotAllowed()
    viewer, now, subject = scope.viewer, parts.clock.now(), f"{FLAGS}{flag.flag_id}"
    body = {name: _short(given[name], name) for name in FIELDS if given.get(name)}
    with parts.database.reading() as session:
        if not _is_logged(session, subject, message_id):  # else it was judged then, and the flag has gone on since
            if reasons := _faults(session, scope, flag, body, now.date()):
                raise BadInput(reasons=reasons)
            if body["decision"] not in decisions_for(scope, flag):
                raise NotAllowed()
    body |= {"by": viewer.name, "role": viewer.role.value}
    # What people write names people: it is sealed, so that it can be erased from a log that forgets nothing. Its keyed hash
    # stays, by which the same comment is known again.
    words = {"text": redacted(body.pop("text"))} if "text" in body else {}
    content_hash = parts.identifier.content_hash(canonical(body), words)
    sealed = [parts.sealer.seal(text.encode()) for text in words.values()]
    body |= {name: one.written for name, one in zip(words, sealed, strict=True)}
    written = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    entry = own_entry(message_id or uuid4(), subject, "decision", "rest", now, written)
    entry = replace(entry, content_hash=content_hash)
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


def _faults(session: Session, scope: Scope, flag: Flag, body: Mapping[str, Any], today: date) -> list[Reason]:
    """Return every reason why a decision cannot be taken: those of the flag's own state, and those of the world around."""
    reasons = check(flag.status, body, is_merged=flag.merged_into is not None)
    if len(body.get("text", "")) > LONGEST_TEXT:
        reasons.append(Reason("comment_too_long", "text", {"limit": LONGEST_TEXT}))
    if reasons:
        return reasons
    if body["decision"] == "deadline" and (day_of(body["due"]) or today) < today:
        return [Reason("deadline_is_over", "due")]
    if body["decision"] == "merge":
        try:
            return merge_faults(flag, get_visible_flag(session, scope, body["into"]))
        except NotFound:
            return [Reason("merge_needs_flag", "into")]
    return []


def _is_logged(session: Session, subject: str, message_id: UUID | None) -> bool:
    query = select(LogRow.seq).where(col(LogRow.message_id) == message_id, col(LogRow.subject) == subject)
    return message_id is not None and session.exec(query).first() is not None


def _short(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return {str(key): str(item)[:LONGEST] for key, item in value.items() if item}
    return str(value) if name == "text" else str(value)[:LONGEST]
