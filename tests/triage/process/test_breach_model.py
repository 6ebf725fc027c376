"""The model of breaches: right where there is something to learn, the base rate where there is not, never told by a
case's own end."""

import numpy as np
import orjson
import pytest

from triage.process.breach_model import MIN_CASES, BreachModel, Observation, auc, learn_breaches


def drawn(n: int, seed: int = 1) -> tuple[list[Observation], list[bool], np.ndarray]:
    """Draw cases of six queues, each with its own rate, and of a number that matters."""
    generator = np.random.default_rng(seed)
    queues, numbers = generator.integers(0, 6, n), generator.normal(size=n)
    truth = 1 / (1 + np.exp(-(queues - 3.0 + numbers)))
    seen = [Observation(f"c-{at}", (f"Q{queues[at]}", "same"), (float(numbers[at]),)) for at in range(n)]
    return seen, (generator.random(n) < truth).tolist(), truth


def test_it_finds_the_probability_that_made_the_cases() -> None:
    seen, breached, _ = drawn(6_000)
    model = learn_breaches(seen, breached)
    later, _, truth = drawn(4_000, seed=2)
    said = model.probabilities(later)
    assert np.abs(said - truth).mean() < 0.03
    assert model.auc == pytest.approx(auc(truth, (np.random.default_rng(3).random(4_000) < truth) * 1.0), abs=0.03)


def test_it_is_calibrated() -> None:
    seen, breached, _ = drawn(6_000)
    model = learn_breaches(seen, breached)
    later, ended, _ = drawn(8_000, seed=4)
    said, truth = model.probabilities(later), np.array(ended, dtype=float)
    for low in np.arange(0.0, 1.0, 0.2):
        own = (said >= low) & (said < low + 0.2)
        assert abs(said[own].mean() - truth[own].mean()) < 0.06


@pytest.mark.parametrize(
    ("cases", "breaches", "learnt"),
    [(MIN_CASES - 1, 50, False), (MIN_CASES, 50, True), (MIN_CASES, 19, False), (MIN_CASES, 20, True), (0, 0, False)],
)
def test_too_few_give_the_base_rate(cases: int, breaches: int, learnt: bool) -> None:
    seen = [Observation(f"c-{at}", (f"Q{at % 3}",), (float(at % 7),)) for at in range(cases)]
    breached = [at * breaches // max(1, cases) != (at + 1) * breaches // max(1, cases) for at in range(cases)]
    model = learn_breaches(seen, breached)
    assert model.has_learnt is learnt
    if not learnt:
        expected = (breaches + 1) / (cases + 2)
        assert model.probabilities(seen[:1] or [Observation("x", ("Q",), (0.0,))]).tolist() == [pytest.approx(expected)]


def test_a_category_that_names_each_case_tells_nothing() -> None:
    generator = np.random.default_rng(5)
    seen = [Observation(f"c-{at}", (f"own-{at}",), (0.0,)) for at in range(2_000)]
    model = learn_breaches(seen, (generator.random(2_000) < 0.3).tolist())
    assert model.auc == pytest.approx(0.5, abs=0.06)


def test_several_looks_at_one_case_do_not_tell_one_another_its_end() -> None:
    generator = np.random.default_rng(6)
    ends = (generator.random(1_000) < 0.3).tolist()
    seen = [Observation(f"c-{at}", (f"own-{at}",), (float(look),)) for at in range(1_000) for look in range(4)]
    model = learn_breaches(seen, [end for end in ends for _ in range(4)])
    assert (model.cases, model.auc) == (1_000, pytest.approx(0.5, abs=0.08))


def test_it_comes_back_from_json() -> None:
    seen, breached, _ = drawn(1_000)
    model = learn_breaches(seen, breached)
    again = BreachModel.from_json(orjson.loads(orjson.dumps(model.to_json())))
    assert again.probabilities(seen[:50]).tolist() == model.probabilities(seen[:50]).tolist()


def test_the_area_is_that_of_ranks_with_ties() -> None:
    said, truth = np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    assert auc(said, truth) == pytest.approx(3.5 / 4)
    assert auc(said, np.zeros(4)) is None
