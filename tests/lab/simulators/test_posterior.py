"""The exact posterior: the same as counting every world one by one, and never ahead of its time."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lab.simulators.posterior import Evidence, LabelEvidence, Posterior, posterior
from lab.simulators.recording import Recorded, record
from lab.simulators.retailer import Knobs, Simulated, pick
from lab.simulators.selftest import MAX_Z, self_test, worst
from lab.simulators.visits import Visits, draw_visits

CAUSES = ("harmless", "careless", "crooked")
KIND_SHARES = np.array([0.8, 0.15, 0.05])
CAUSE_BY_KIND = np.array([[0.95, 0.04, 0.01], [0.6, 0.35, 0.05], [0.2, 0.2, 0.6]])
SIGN_BY_CAUSE = np.array([0.1, 0.5, 0.8])
WRONG_BY_CAUSE = np.array([0.0, 0.8, 1.0])


class World:
    """A retailer of three kinds of customers, three causes and one sign."""

    def __init__(self, rows: int, seed: int, **knobs: Any) -> None:
        self.knobs = Knobs(rows=rows, seed=seed, **knobs)
        rng = np.random.default_rng(seed)
        self.visits: Visits = draw_visits(
            rng,
            self.knobs,
            kind_shares=KIND_SHARES.tolist(),
            visits_per_year=(2, 6, 15),
            weekday_weights=(1, 1, 1, 1, 2, 3, 0.5),
        )
        self.kind = self.visits.kind[self.visits.entity]
        self.cause = pick(rng, CAUSE_BY_KIND[self.kind])
        self.sign = rng.random(rows) < SIGN_BY_CAUSE[self.cause]
        self.wrong = rng.random(rows) < WRONG_BY_CAUSE[self.cause]
        self.loss = np.where(self.wrong, rng.lognormal(3.0, 0.5, rows) * (1 + self.sign), 0.0)
        self.recorded: Recorded = record(
            rng, self.knobs, causes=CAUSES, cause=self.cause, wrong=self.wrong, loss=self.loss, at=self.visits.at,
            wrong_given=WRONG_BY_CAUSE[None, None, :], harmless=("harmless",),
            confusions={"careless": ("harmless", "crooked"), "crooked": ("harmless",)},
        )  # fmt: skip

    @property
    def evidence(self) -> Evidence:
        sign = np.log(np.where(self.sign[:, None], SIGN_BY_CAUSE, 1 - SIGN_BY_CAUSE))
        impact = np.exp(3.0 + 0.5**2 / 2) * (1 + self.sign)
        return Evidence(
            entity=self.visits.entity,
            log_prior=np.log(KIND_SHARES),
            log_joint=np.log(CAUSE_BY_KIND)[None] + sign[:, None, :] + self.visits.log_gap[:, :, None],
            wrong=WRONG_BY_CAUSE[None, None, :],
            impact=impact[:, None, None],
        )

    def answer(self) -> Posterior:
        return posterior(self.evidence, self.recorded.evidence, self.visits.at)

    def simulated(self) -> Simulated:
        truth = {"cause": np.array(CAUSES, dtype=object)[self.cause], "wrong": self.wrong, "loss": self.loss}
        truth |= self.answer().truth_columns(CAUSES)
        return Simulated(cases=pd.DataFrame(), outcomes=self.recorded.frame, truth=pd.DataFrame(truth))


def one_by_one(world: World, row: int) -> np.ndarray:
    """Weigh the causes of one case by going through its entity's earlier cases."""
    evidence, labels, at = world.evidence, world.recorded.evidence, world.visits.at
    kinds = np.exp(evidence.log_prior)
    for earlier in np.flatnonzero((world.visits.entity == world.visits.entity[row]) & (at < at[row])):
        joint = np.exp(evidence.log_joint[earlier])
        if labels.known_at[earlier] < at[row]:
            joint = joint * np.exp(labels.log_likelihood[earlier])
        kinds = kinds * joint.sum(axis=1)
    joint = np.exp(evidence.log_joint[row]) * kinds[:, None]
    return joint.sum(axis=0) / joint.sum()


class TestPosterior:
    def test_equals_going_through_every_earlier_case(self) -> None:
        world = World(300, 3, label_delay_days=60.0, label_noise=0.2)
        assert world.visits.nth.max() >= 4
        expected = np.array([one_by_one(world, row) for row in range(300)])
        np.testing.assert_allclose(world.answer().causes, expected, rtol=1e-9)

    def test_nothing_later_changes_an_earlier_answer(self) -> None:
        world = World(300, 4)
        before = world.answer().risk[:150]
        world.sign[150:] = ~world.sign[150:]
        np.testing.assert_allclose(world.answer().risk[:150], before, rtol=1e-10)

    def test_what_happens_at_the_same_instant_is_not_known_yet(self) -> None:
        flat = np.zeros((2, 1, 1))
        at = np.array(["2026-01-01T00:00:00"] * 2, dtype="datetime64[s]")
        told = np.log(np.array([[[0.9, 0.1], [0.1, 0.9]]] * 2))
        evidence = Evidence(
            entity=np.zeros(2, dtype=np.int64), log_prior=np.log([0.5, 0.5]), log_joint=told, wrong=flat, impact=flat
        )
        labels = LabelEvidence(log_likelihood=np.zeros((2, 2, 2)), known_at=at)
        np.testing.assert_allclose(posterior(evidence, labels, at).causes, 0.5)

    def test_a_case_that_nothing_ties_to_others_stands_alone(self) -> None:
        world = World(300, 5)
        told = world.evidence
        alone = Evidence(
            entity=np.full(300, -1),
            log_prior=told.log_prior,
            log_joint=told.log_joint,
            wrong=told.wrong,
            impact=told.impact,
        )
        first = world.visits.nth == 0
        risk = posterior(alone, world.recorded.evidence, world.visits.at).risk
        np.testing.assert_allclose(risk[first], world.answer().risk[first])
        assert np.abs(risk - world.answer().risk)[~first].max() > 0.05


class TestSelfTest:
    @pytest.mark.parametrize(
        "knobs", [{}, {"analysts": "mixed", "label_noise": 0.2}, {"seasonality": 2.0, "cold_start_share": 1.0}]
    )
    def test_the_posterior_is_as_often_true_as_it_claims(self, knobs: dict[str, Any]) -> None:
        world = World(20_000, 6, **knobs)
        first = world.visits.nth == 0
        claims = self_test(world.simulated(), slices={"first": first, "later": ~first, "sign": world.sign})
        assert len(claims) > 40
        assert abs(worst(claims).z) < MAX_Z, worst(claims)

    @pytest.mark.parametrize("wrongly", ["forgets the gaps", "believes every label", "overrates the sign"])
    def test_a_wrong_posterior_is_found_out(self, wrongly: str) -> None:
        world = World(60_000, 7, label_noise=0.3)
        if wrongly == "forgets the gaps":
            world.visits.log_gap[:] = 0.0
        if wrongly == "believes every label":
            certain = np.where(world.recorded.evidence.log_likelihood > np.log(0.5), 0.0, -20.0)
            world.recorded.evidence.log_likelihood[:] = certain
        truth = world.simulated()
        if wrongly == "overrates the sign":
            truth.truth["p_wrong"] = np.where(world.sign, truth.truth["p_wrong"] * 1.05, truth.truth["p_wrong"])
        first = world.visits.nth == 0
        claims = self_test(truth, slices={"first": first, "often": world.visits.nth > 3})
        assert abs(worst(claims).z) > MAX_Z


class TestVisits:
    def test_there_are_exactly_as_many_as_asked_in_order_within_the_window(self) -> None:
        visits = World(5_000, 8).visits
        assert len(visits.at) == 5_000
        assert (np.diff(visits.at).astype(np.int64) >= 0).all()
        assert visits.at[0] >= np.datetime64("2025-01-06") and visits.at[-1] < np.datetime64("2026-06-30")

    def test_a_busier_kind_comes_more_often(self) -> None:
        world = World(20_000, 9)
        each = [np.bincount(world.visits.entity[world.kind == kind]).max() for kind in range(3)]
        assert each[0] < each[1] < each[2]


class TestRecorded:
    def test_a_mistaken_cause_is_one_it_is_mistaken_for_and_loses_its_loss_where_harmless(self) -> None:
        world = World(20_000, 10, label_noise=0.2)
        frame, true = world.recorded.frame, np.array(CAUSES, dtype=object)[world.cause]
        mistaken = (frame["cause"] != true).to_numpy()
        assert mistaken[world.cause > 0].mean() == pytest.approx(0.2, abs=0.02)
        assert not mistaken[world.cause == 0].any()
        overlooked = mistaken & (frame["cause"] == "harmless").to_numpy()
        assert (
            overlooked.any() and not frame.loc[overlooked, "wrong"].any() and (frame.loc[overlooked, "loss"] == 0).all()
        )

    def test_analysts_err_alike_or_each_in_their_own_measure(self) -> None:
        def rates(profile: str) -> pd.Series:
            world = World(60_000, 11, label_noise=0.2, analysts=profile)
            wrongly = world.recorded.frame["cause"] != np.array(CAUSES, dtype=object)[world.cause]
            return wrongly[world.cause > 0].groupby(world.recorded.frame["recorded_by"]).mean()

        assert rates("even").std() < 0.02 < 0.05 < rates("mixed").std()

    @pytest.mark.parametrize(
        ("analysts", "label_noise"), [("even", 0.5), ("mixed", 0.15), ("mixed", 0.25), ("few", 0.0925)]
    )
    def test_whoever_errs_all_together_err_as_often_as_promised_and_nobody_more_often_than_not(
        self, analysts: str, label_noise: float
    ) -> None:
        for seed in range(12, 15):
            world = World(60_000, seed, label_noise=label_noise, analysts=analysts)
            can_be = world.cause > 0
            wrongly = (world.recorded.frame["cause"] != np.array(CAUSES, dtype=object)[world.cause])[can_be]
            assert wrongly.mean() == pytest.approx(label_noise, abs=0.012)
            assert wrongly.groupby(world.recorded.frame["recorded_by"]).mean().max() < 0.56
