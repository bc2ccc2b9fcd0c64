"""What an account's scope can be chosen from: registered operators and posts, agencies of a state, member countries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from checkpoints.agencies import AGENCIES, NOT_OF_A_STATE
from operators.companies import Operator
from tracker.errors import Reason
from tracker.gazetteer import BorderPostRecord

# ECOWAS and AES (ISO 3166 alpha-2), in the order of their codes.
COUNTRIES = ("BF", "BJ", "CI", "CV", "GH", "GM", "GN", "GW", "LR", "ML", "NE", "NG", "SL", "SN", "TG")


@dataclass(frozen=True, slots=True)
class ScopeChoices:
    """The values of each scope field, with the name to show; agencies and countries are named by the page."""

    operator_id: tuple[tuple[str, str], ...]
    post_id: tuple[tuple[str, str], ...]
    agency: tuple[str, ...] = tuple(agency for agency in AGENCIES if agency not in NOT_OF_A_STATE)
    country: tuple[str, ...] = COUNTRIES

    def unknown(self, fields: dict[str, Any]) -> list[Reason]:
        """Return what of `fields` cannot be chosen: a typing error would make an account that sees nothing."""
        known = {
            "operator_id": {key for key, _ in self.operator_id},
            "post_id": {key for key, _ in self.post_id},
            "agency": set(self.agency),
            "country": set(self.country),
        }
        return [
            Reason("scope_field_unknown", name, {"value": fields[name]})
            for name, values in known.items()
            if fields.get(name) and fields[name] not in values
        ]


def list_choices(session: Session) -> ScopeChoices:
    """Return what is registered now."""
    operators = session.exec(select(Operator.operator_id, Operator.name).order_by(col(Operator.name))).all()
    posts = {
        identifier: f"{country} {name}"
        for identifier, name, country in session.exec(
            select(BorderPostRecord.id, BorderPostRecord.name, BorderPostRecord.country)
        )
    }
    return ScopeChoices(tuple(operators), tuple(sorted(posts.items())))
