"""The scan statistic: against sums done by hand, and against chance itself."""

import numpy as np
import pytest

from checkpoints.dwell_shape import CONTROL, REST, corrected, ln_likelihood
from checkpoints.scan import best_hours, best_interval, best_window, is_within, ln_false_alarms, log_likelihood_ratio


def test_the_ratio_is_kulldorff_s():
    assert log_likelihood_ratio(10, 2) == pytest.approx(10 * np.log(5) - 8)
    assert log_likelihood_ratio(2, 2) == 0
    assert log_likelihood_ratio(1, 5) == 0


def test_the_best_interval_is_that_of_trying_all():
    rng = np.random.default_rng(3)
    for _ in range(50):
        stood = rng.random(30) < 0.3
        chance = rng.uniform(0.01, 0.4, 30)
        if not stood.any():
            continue
        window = best_interval(stood, chance)
        tried = [
            float(log_likelihood_ratio(stood[i : j + 1].sum(), chance[i : j + 1].sum()))
            for i in range(30)
            for j in range(i, 30)
        ]
        assert window.llr == pytest.approx(max(tried))
        assert window.stood == stood[window.inside].sum()


def test_hours_go_over_midnight_and_must_earn_their_cost():
    hours = np.tile(np.arange(24.0), 20)
    at_night = is_within(hours, (22, 4))
    chance = np.full(hours.size, 0.01)
    assert best_hours(at_night, chance, hours) == (22, 4)
    assert best_window(at_night, chance, hours).hours == (22, 4)
    assert best_window(np.ones(hours.size, dtype=bool), chance, hours).hours is None
    with pytest.raises(ValueError, match="none stood"):
        best_window(np.zeros(5, dtype=bool), chance[:5], hours[:5])


def test_chance_alone_gives_no_more_false_alarms_than_the_bound_says():
    """5,000 roads on which coaches stand by chance: how often is the best interval as striking as one in twenty?"""
    rng = np.random.default_rng(1)
    alarms, roads = 0, 5000
    for _ in range(roads):
        chance = rng.uniform(0.02, 0.2, 40)
        stood = rng.random(40) < chance
        if stood.any():
            window = best_interval(stood, chance)
            alarms += ln_false_alarms(window, 40 * 41 / 2) <= np.log(0.05)
    assert alarms <= 0.05 * roads


def test_durations_tell_controls_from_rests_and_few_say_little():
    def says(minutes):
        return ln_likelihood(minutes, CONTROL) - ln_likelihood(minutes, REST)

    assert says([3, 4, 2.5, 6, 5, 3, 4]) > 3
    assert says([12, 25, 9, 31, 16, 20, 14]) < -2
    assert abs(says([7.0])) < 1
    quick = corrected(REST, np.array([8.0, 9, 11, 7, 10, 12, 9, 8, 10, 9]))
    assert quick.median_min < REST.median_min
    assert corrected(REST, np.array([])) == REST
