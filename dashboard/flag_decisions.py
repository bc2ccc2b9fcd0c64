"""People's decisions about flags: judged, then appended to the log like everything else that happened, so that they replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import orjson

from checkpoints.flag_states import check
from checkpoints.flags import Flag
from dashboard import audit
from dashboard.flag_reading import decisions_for
from dashboard.parts import Parts
from tracker.errors import BadInput, Conflict, NotAllowed
from tracker.log import FLAGS, Outcome, append, own_entry
from tracker.scope import Scope

FIELDS = ("decision", "act", "reason", "to")
LONGEST = 300


def decide(parts: Parts, scope: Scope, flag: Flag, given: Mapping[str, Any], message_id: UUID | None = None) -> None:
    """Take a decision about a flag.

    Raises:
        BadInput: it cannot be taken; every reason.
        NotAllowed: not by this person.
        Conflict: another decision has this id.
    """
    body = {name: _short(given[name]) for name in FIELDS if given.get(name)}
    if reasons := check(flag.status, body):
        raise BadInput(reasons=reasons)
    if body["decision"] not in decisions_for(scope, flag) or scope.viewer is None:
        raise NotAllowed()
    now = parts.clock.now()
    viewer = scope.viewer
    written = orjson.dumps(body | {"by": viewer.name, "role": viewer.role.value}, option=orjson.OPT_SORT_KEYS)
    entry = own_entry(message_id or uuid4(), f"{FLAGS}{flag.flag_id}", "decision", "rest", now, written)
    with parts.database.writing() as session:
        outcome = append(parts.database, session, [entry])[0]
        if outcome is Outcome.CONFLICT:
            raise Conflict()
        if outcome is Outcome.DUPLICATE:
            return
        details = {"decision": body["decision"]}
        audit.record(session, viewer, "flag.decided", f"flag:{flag.flag_id}", at=now, details=details)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): str(item)[:LONGEST] for key, item in value.items() if item}
    return str(value)[:LONGEST]
