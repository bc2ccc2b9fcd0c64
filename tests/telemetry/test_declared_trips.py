from datetime import timedelta
from itertools import permutations

import pytest

from telemetry.declared_trips import Declaration, is_declared, windows
from tests.builders import NOW

HOUR = timedelta(hours=1)


def said(event: str, hours: float, trip_id: str = "T", leaves: float | None = None) -> Declaration:
    return Declaration(trip_id, event, NOW + hours * HOUR, None if leaves is None else NOW + leaves * HOUR)


@pytest.mark.parametrize(
    ("declarations", "hours", "inside"),
    [
        ([], 0, False),
        ([said("declared", 0)], 0, True),
        ([said("declared", 0)], -0.4, True),
        ([said("declared", 0)], -0.6, False),
        ([said("declared", 0)], 47, True),
        ([said("declared", 0)], 49, False),
        ([said("declared", 0, leaves=-2)], -2.4, True),
        ([said("declared", 0, leaves=2)], 1, True),
        ([said("declared", 0, leaves=72)], 12, False),
        ([said("declared", 0, leaves=72)], 70, True),
        ([said("declared", 0, leaves=72)], 100, True),
        ([said("declared", 0, leaves=3), said("departed", 4)], 51, True),
        ([said("declared", 0), said("arrived", 5)], 5.1, True),
        ([said("declared", 0), said("arrived", 5)], 5.2, False),
        ([said("declared", 0), said("cancelled", 1)], 2, False),
        ([said("arrived", 5)], 4, False),
        ([said("declared", 0), said("arrived", 5), said("declared", 8, "U")], 9, True),
        ([said("departed", 0), said("arrived", 500)], 97, False),
    ],
)
def test_a_phone_is_followed_inside_its_trip_only(declarations, hours, inside):
    for order in permutations(declarations):
        assert is_declared(NOW + hours * HOUR, windows(order)) is inside
