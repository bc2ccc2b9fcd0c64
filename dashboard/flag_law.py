"""What the law says of a flag's place: the state's register and the mechanism's rule, each for itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from checkpoints.control_points import Act, Stretch
from checkpoints.flag_states import day_of
from checkpoints.flags import Flag, list_decisions, list_flags
from checkpoints.legality import MechanismStatus, NationalStatus, Unauthorised, mechanism_status, national_status
from checkpoints.register import load_register

OF_PLACES = frozenset({"unlisted_checkpoint", "en_route_control", "authorised_place_excess_point", "illicit_payment"})


@dataclass(frozen=True, slots=True)
class Law:
    """The two answers for the day of a flag's last evidence, and the act that the state's rests on."""

    national_status: NationalStatus
    mechanism_status: MechanismStatus
    act: Act | None


def read_law(session: Session, flag: Flag) -> Law | None:
    """Return the two answers; None where the flag speaks of no place on a corridor, or of a border post."""
    if flag.kind not in OF_PLACES or flag.corridor_id is None or flag.km is None or flag.post_id is not None:
        return None
    register = load_register(session)
    doubt_km = (flag.to_km - flag.from_km) / 2 if flag.from_km is not None and flag.to_km is not None else 0.0
    national = national_status(
        register, flag.corridor_id, flag.km, flag.country, flag.last_seen_at.date(), flag.agency, doubt_km,
        unauthorised=confirmed_places(session),
    )  # fmt: skip
    return Law(national.status, mechanism_status(None), register.acts.get(national.act or ""))


def confirmed_places(session: Session) -> list[Unauthorised]:
    """Return the places that an authority's act called unauthorised: those of confirmed flags."""
    found = []
    for flag in list_flags(session, statuses=["confirmed_unauthorised"]):
        act = next(
            one.said["act"] for one in reversed(list_decisions(session, flag.flag_id)) if one.decision == "confirm"
        )
        if flag.corridor_id is not None:
            stretch = Stretch(flag.corridor_id, flag.from_km, flag.to_km)
            found.append(Unauthorised(act["reference"], stretch, valid_from=day_of(act["date"])))
    return found
