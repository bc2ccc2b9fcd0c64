"""People's decisions about flags: judged, then appended to the log like everything else that happened, so that they replay."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson

from checkpoints.flag_states import check
from checkpoints.flags import Flag
from dashboard import audit
from dashboard.flag_reading import decisions_for
from dashboard.parts import Parts
from tracker.errors import BadInput, NotAllowed
from tracker.log import FLAGS, Entry, append
from tracker.scope import Scope

FIELDS = ("decision", "act", "reason", "to")
LONGEST = 300


def decide(parts: Parts, scope: Scope, flag: Flag, given: Mapping[str, Any], message_id: UUID | None = None) -> None:
    """Take a decision about a flag.

    Raises:
        BadInput: it cannot be taken; every reason.
        NotAllowed: not by this person.
    """
    body = {name: _short(given[name]) for name in FIELDS if given.get(name)}
    if reasons := check(flag.status, body):
        raise BadInput(reasons=reasons)
    if body["decision"] not in decisions_for(scope, flag) or scope.viewer is None:
        raise NotAllowed()
    now = parts.clock.now()
    viewer = scope.viewer
    written = orjson.dumps(body | {"by": viewer.name, "role": viewer.role.value}, option=orjson.OPT_SORT_KEYS)
    entry = Entry(
        message_id=message_id or uuid4(),
        subject=f"{FLAGS}{flag.flag_id}",
        kind="decision",
        device_id="",
        transport="rest",
        observed_at=now,
        sent_at=None,
        received_at=now,
        body=written,
        content_hash=sha256(written).digest(),
    )
    with parts.database.writing() as session:
        append(parts.database, session, [entry])
        details = {"decision": body["decision"]}
        audit.record(session, viewer, "flag.decided", f"flag:{flag.flag_id}", at=now, details=details)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): str(item)[:LONGEST] for key, item in value.items() if item}
    return str(value)[:LONGEST]
