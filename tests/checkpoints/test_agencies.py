"""Agencies by country and date."""

from datetime import date

import pytest

from checkpoints.agencies import AGENCIES, agencies_in, find_fault, find_services, list_agencies

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("country", ["NG", "GH", "SL", "LR"])
def test_no_gendarmerie(country: str) -> None:
    fault = find_fault("gendarmerie", country, TODAY)
    assert fault is not None
    assert fault.code == "agency_not_in_country"
    assert "gendarmerie" not in agencies_in(country, TODAY)


def test_benin_had_one_until_2018() -> None:
    assert find_fault("gendarmerie", "BJ", date(2017, 12, 31)) is None
    assert find_fault("gendarmerie", "BJ", date(2018, 1, 1)) is not None
    assert find_fault("gendarmerie", "CI", TODAY) is None
    assert find_fault("gendarmerie", None, TODAY) is None


def test_unknown_codes_and_codes_without_a_desk() -> None:
    fault = find_fault("wizards", "GH", TODAY)
    assert fault is not None
    assert fault.code == "unknown_agency"
    assert find_fault("armed_group", "ML", TODAY) is None
    assert find_fault("armed_group", "ML", TODAY, at_post=True) is not None
    assert "impostor" not in list_agencies("GH", TODAY, at_post=True)
    assert len(AGENCIES) == 22


def test_immigration_is_a_function_of_the_police_in_french_speaking_states() -> None:
    assert [s.corps for s in find_services("immigration", "CI", TODAY)] == ["Police"]
    assert [s.corps for s in find_services("immigration", "NG", TODAY)] == ["Nigeria Immigration Service"]
    assert find_services("immigration", "BJ", date(2017, 1, 1)) == []
