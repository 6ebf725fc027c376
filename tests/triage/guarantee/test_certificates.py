"""Certificates: what they rest on, when they are made, and when they lapse."""

from datetime import timedelta

import numpy as np
import orjson
import pytest
from sqlalchemy import insert

from models.holdout import Holdout
from tests.triage.conftest import DOMAIN, SYSTEM, ScriptedScorer, override, policy_with
from tests.triage.guarantee.promising import ALPHA, BUDGET, LEAST, QUEUE, Desk, promising
from triage.db.schema import past_cases
from triage.guarantee.certificates import newest
from triage.in_force import InForce
from triage.review.outcomes import record_outcome


@pytest.fixture
def desk(house) -> Desk:
    return Desk(house)


class TestBegin:
    def test_nothing_is_automatic_before_there_is_a_certificate(self, desk) -> None:
        (answer,) = desk.decide()
        assert (answer["disposition"], answer["certificate"]) == ("review", None)
        assert answer["uncertified"] == "there is no certificate for this policy yet"

    # A tenth of the labels plans the order of the tests; the rest has to be enough to prove anything at all.
    @pytest.mark.parametrize(
        ("labels", "certified"), [(LEAST - 1, False), (LEAST, False), (LEAST + 2, True), (LEAST + 20, True)]
    )
    def test_the_labels_have_to_be_enough(self, desk, labels: int, certified: bool) -> None:
        desk.reviewed(labels)
        desk.refresh()
        assert (desk.segment.threshold is not None) is certified
        (answer,) = desk.decide()
        assert (answer["disposition"] == "auto") is certified
        if not certified:
            assert f"at least {LEAST} are needed" in answer["uncertified"]

    def test_too_many_wrong_ones_prove_the_opposite(self, desk) -> None:
        desk.reviewed(60, wrong=20)
        desk.refresh()
        (answer,) = desk.decide()
        assert (desk.segment.threshold, answer["disposition"]) == (None, "review")
        assert "segment all is not certified" in answer["uncertified"]

    def test_a_certified_case_names_its_certificate(self, desk) -> None:
        (answer,) = desk.certified().decide()
        assert (answer["disposition"], answer["segment"]) == ("auto", "all")
        assert (answer["certificate"], answer["uncertified"]) == (desk.certificate.certificate_id, None)

    def test_a_score_above_the_threshold_is_confirmed_by_a_person(self, desk) -> None:
        desk.certified()
        desk.scorer.risk = 0.05
        (answer,) = desk.decide()
        assert answer["disposition"] == "confirm"
        assert "5.00% is above the certified 2.00%" in answer["uncertified"]

    def test_the_evidence_says_what_it_rests_on(self, desk) -> None:
        desk.certified()
        evidence = desk.certificate.evidence
        assert (evidence["labels"], evidence["held_out"], evidence["left_out_by_thinning"]) == (
            {"resolution": 40},
            None,
            0,
        )
        assert (evidence["from"], evidence["to"]) == ("2026-03-02T09:00:00+00:00",) * 2
        assert (desk.segment.labels, desk.segment.errors) == (36, 0)
        assert desk.segment.bound < ALPHA

    def test_it_is_audited(self, desk) -> None:
        desk.certified()
        ((actor, detail),) = desk.events("certify")
        assert (actor, detail["certificate_id"]) == ("system:certificates", desk.certificate.certificate_id)
        assert (detail["thresholds"], detail["labels"]) == ({"all": 0.02}, {"resolution": 40})


class TestWhatCounts:
    def test_an_outcome_of_a_reviewed_case_replaces_its_ruling(self, desk) -> None:
        answers = desk.decide(40)
        desk.label(answers)
        for answer in answers[:20]:
            raw = {"domain": DOMAIN.name, "exception_id": answer["exception_id"], "wrong": True}
            with desk.house.engine.begin() as connection:
                record_outcome(
                    connection, raw, domains={DOMAIN.name: DOMAIN}, policies=desk.house.policies, actor=SYSTEM,
                    now=desk.house.clock(),
                )  # fmt: skip
        desk.refresh()
        assert desk.certificate.evidence["labels"] == {"outcome": 20, "resolution": 20}
        assert desk.segment.threshold is None

    def test_an_outcome_without_a_ruling_does_not_count(self, desk) -> None:
        desk.label(desk.decide(40), source="outcome")
        desk.refresh()
        assert desk.certificate.evidence["labels"] == {}

    def test_an_automatic_decision_counts_once_it_is_audited(self, desk) -> None:
        desk.certified()
        automatic = desk.decide(30)
        desk.label(automatic[:10], source="audit")
        desk.label(automatic[10:20], source="outcome")
        desk.person_certifies()
        assert desk.certificate.evidence["labels"] == {"resolution": 40, "audit": 10}

    def test_an_automatic_decision_that_was_not_drawn_never_counts(self, house) -> None:
        desk = Desk(house, promising(share=1e-12)).certified()
        desk.label(desk.decide(10), source="resolution")
        desk.person_certifies()
        assert desk.certificate.evidence["labels"] == {"resolution": 40}

    def test_beside_audited_ones_reviewed_ones_count_with_the_same_chance(self, house) -> None:
        """Above the threshold every case is ruled on, below it a tenth: a tenth of the former is kept."""
        desk = Desk(house, promising(share=0.1)).certified()
        automatic = desk.decide(400)
        desk.label([answer for answer in automatic if answer["audit_sample"]], source="audit")
        desk.scorer.risk = 0.05
        desk.label(desk.decide(400))
        desk.person_certifies()
        counted = desk.certificate.evidence["labels"]
        drawn = sum(answer["audit_sample"] for answer in automatic)
        assert counted["audit"] == drawn
        assert 15 < counted["resolution"] - 40 < 75
        assert desk.certificate.evidence["left_out_by_thinning"] == 400 - (counted["resolution"] - 40)

    def test_labels_of_another_model_do_not_count(self, desk) -> None:
        desk.reviewed(40)
        desk.house.models.scorer = ScriptedScorer(risk=0.02, version="price_override/2")
        desk.house.champions.refresh()
        desk.refresh()
        assert (desk.certificate.model_version, desk.certificate.evidence["labels"]) == ("price_override/2", {})

    def test_what_a_control_holds_back_does_not_count(self, desk) -> None:
        held = [desk.house.one(override(1000 + at, authorised=False)).body for at in range(40)]
        assert {answer["uncertified"] for answer in held} == {None}
        desk.label(held)
        desk.refresh()
        assert desk.certificate.evidence["labels"] == {}


class TestHeldOut:
    def make(self, desk, rows: int, *, wrong: int = 0, held: bool = True) -> None:
        """Give the model held-out cases; `held`: whether this database holds them."""
        names = [f"PAST-{at}" for at in range(rows)]
        now = desk.house.clock()
        if held:
            past = [
                {
                    "domain": DOMAIN.name, "exception_id": name, "known_at": now - timedelta(days=at % 20),
                    "fx_rate": 1.0,
                    "payload": orjson.dumps(override()["payload"]).decode(), "attributes": "{}", "origin": "simulated",
                }
                for at, name in enumerate(names)
            ]  # fmt: skip
            with desk.house.engine.begin() as connection:
                connection.execute(insert(past_cases), past)
            desk.label([{"exception_id": name} for name in names], wrong=wrong, source="backfill")
        width = len(DOMAIN.recipe.names)
        desk.house.models.kept_out = Holdout(
            exception_ids=tuple(names),
            rows=np.full((rows, width), np.nan),
            labels=("price_match", "sweethearting"),
            causes=np.tile([0.9, 0.1], (rows, 1)),
            risk=np.full(rows, 0.02),
            impact=np.full(rows, 10.0),
            origin="simulated, seed 1",
            synthetic=True,
            how="by time",
        )

    def test_a_new_model_is_certified_on_them_when_it_becomes_champion(self, desk) -> None:
        self.make(desk, 40)
        desk.refresh()
        (answer,) = desk.decide()
        assert answer["disposition"] == "auto"
        assert desk.certificate.evidence["labels"] == {"held-out backfill": 40}
        assert desk.certificate.evidence["held_out"] == {
            "from": "held-out test of training, synthetic", "origin": "simulated, seed 1", "synthetic": True,
            "split": "by time",
        }  # fmt: skip

    def test_errors_among_them_count(self, desk) -> None:
        self.make(desk, 40, wrong=20)
        desk.refresh()
        assert desk.segment.threshold is None

    def test_cases_this_database_does_not_hold_prove_nothing(self, desk) -> None:
        self.make(desk, 40, held=False)
        desk.refresh()
        assert desk.certificate.evidence["labels"] == {}

    def test_they_grow_too_old(self, desk) -> None:
        self.make(desk, 40)
        desk.house.clock.forward(days=61)
        desk.refresh()
        assert desk.certificate.evidence["labels"] == {}
        (named,) = desk.certificate.evidence["not_counted"].items()
        assert named == ("older than 60 days: they only plan the order of the tests", 40)


class TestLapse:
    @pytest.mark.parametrize(("days", "holds"), [(29.999, True), (30.0, False), (30.001, False)])
    def test_it_lapses_by_age_when_nothing_new_is_known(self, desk, days: float, holds: bool) -> None:
        desk.certified()
        desk.house.clock.forward(days=days)
        desk.refresh()
        (answer,) = desk.decide()
        assert (answer["disposition"] == "auto") is holds
        if not holds:
            assert "the certificate lapsed on 2026-04-01" in answer["uncertified"]

    @pytest.mark.parametrize(("days", "renewed"), [(6.99, False), (7.0, True)])
    def test_it_is_renewed_by_itself_from_new_labels(self, desk, days: float, renewed: bool) -> None:
        desk.certified()
        before = desk.certificate
        desk.label(desk.decide(5), source="audit")
        desk.house.clock.now = before.certified_at + timedelta(days=days)
        desk.refresh()
        assert (desk.certificate.certificate_id != before.certificate_id) is renewed
        assert desk.certificate.lapses_at == desk.certificate.certified_at + timedelta(days=30)

    def test_another_model_stops_it_until_it_is_certified(self, desk) -> None:
        desk.certified()
        desk.house.models.scorer = ScriptedScorer(risk=0.02, version="price_override/2")
        desk.house.champions.refresh()
        assert desk.decide()[0]["uncertified"] == "model price_override/2 is not certified yet"
        desk.refresh()
        assert "0 audited labels" in desk.decide()[0]["uncertified"]

    def test_another_policy_version_stops_it_until_it_is_certified(self, house) -> None:
        Desk(house).certified()
        changed = Desk(house, promising(version="2.0.0"))
        changed.number = 500
        changed.house.promises.reread()
        assert changed.decide()[0]["uncertified"] == "policy 2.0.0 is not certified yet"

    def test_too_few_labels_in_the_window_end_it(self, desk) -> None:
        desk.certified()
        desk.house.clock.forward(days=61)
        desk.scorer.risk = 0.5
        desk.label(desk.decide(1))
        desk.refresh()
        desk.scorer.risk = 0.02
        assert "audited labels, at least" in desk.decide()[0]["uncertified"]


class TestVariants:
    @pytest.fixture
    def desk(self, house) -> Desk:
        """A house with a variant for the north."""
        north = policy_with(
            version="1.0.0-north", variant="north", extends="1.0.0", applies_to={"regions": ["north"]},
            error_budget=BUDGET,
            queues=QUEUE, audit={"share": 1.0, "queue": "OVERRIDE_QA"},
        )  # fmt: skip
        return Desk(house, InForce({DOMAIN.name: promising()}, variants={DOMAIN.name: [north]}))

    def north(self, desk, number: int):
        return desk.house.one(override(number) | {"region": "north"}).body

    def test_each_is_certified_on_its_own_labels(self, desk) -> None:
        desk.certified()
        elsewhere = self.north(desk, 900)
        assert desk.decide()[0]["disposition"] == "auto"
        assert (elsewhere["policy_version"], elsewhere["disposition"]) == ("1.0.0-north", "review")
        assert "0 audited labels, at least" in elsewhere["uncertified"]
        found = desk.read(newest)
        assert found[(DOMAIN.name, None)].evidence["labels"] == {"resolution": 40}
        assert found[(DOMAIN.name, "north")].evidence["labels"] == {}

    def test_and_stopped_by_itself(self, desk) -> None:
        desk.label([self.north(desk, 900 + at) for at in range(40)])
        desk.certified().person_stops()
        assert desk.decide()[0]["uncertified"] == "automation is stopped: the tills are being replaced"
        assert self.north(desk, 990)["disposition"] == "auto"
