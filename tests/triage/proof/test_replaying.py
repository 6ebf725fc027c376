"""A decision recomputed from what was frozen with it: the same to the last digit, or which field differs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from models.score import Cause, Reason, Score
from tests.triage.conftest import DOMAIN, DOMAINS, ScriptedScorer, override
from tests.triage.policy_life.publishing import PolicyPublisher
from triage.db.schema import cases, decisions, policy_versions
from triage.errors import NotFoundError
from triage.proof.replaying import Replay, Replayer


class Rowwise(ScriptedScorer):
    """A scorer whose risk is of the row."""

    def score(self, rows: Any, texts: Any, *, reasons: bool = True) -> list[Score]:
        why = (Reason(code="feature:x", text="x is high.", weight=0.1 + 0.2),)
        return [
            Score(
                causes=(Cause(label="price_match", probability=1 / 3), Cause(label="sweethearting", probability=2 / 3)),
                risk=float(np.nan_to_num(row).sum() % 0.97) / 3, impact=10 / 3, reasons=why, model_version=self.version,
            )
            for row in rows
        ]  # fmt: skip


@pytest.fixture
def at(house):
    opened = house(Rowwise())
    PolicyPublisher(opened.engine, opened.clock)
    for number in range(4):
        opened.one(override(number, charged_price=f"{40 + number}.37"))
        opened.clock.forward(minutes=7)
    return opened


def replayed(at, load: Any = None, **named: Any) -> list[Replay]:
    with at.engine.connect() as connection:
        replayer = Replayer(connection, DOMAINS, load or (lambda version, domain: at.models.scorer))
        if "case_id" in named:
            return replayer.case(named["case_id"])
        return list(replayer.since(**named))


def one(at) -> str:
    with at.engine.connect() as connection:
        return str(connection.execute(select(cases.c.case_id).order_by(cases.c.seq)).scalars().first())


class TestTheSame:
    def test_to_the_last_digit(self, at) -> None:
        found = replayed(at, since=at.clock() - timedelta(days=1))
        assert [each.differences for each in found] == [()] * 4
        assert all(each.is_same and each.model_version == "price_override/1" for each in found)

    def test_also_where_the_fallback_rules_decided(self, house) -> None:
        opened = house(None)
        PolicyPublisher(opened.engine, opened.clock)
        case_id = opened.one(override(charged_price="8.00") | {"as_of": "2030-01-01T00:00:00Z"}).body["case_id"]
        (found,) = replayed(opened, case_id=case_id)
        assert (found.is_same, found.model_version, found.differences) == (True, None, ())


class TestDifferences:
    def test_another_model_under_the_same_name_is_told_by_field(self, at) -> None:
        other = Rowwise(risk=0.9)
        other.score = lambda rows, texts, reasons=True: [  # type: ignore[method-assign]
            replace(score, risk=score.risk + 1e-16 + 1e-17) if score.risk == 0 else replace(score, impact=3.5)
            for score in Rowwise().score(rows, texts)
        ]
        (found,) = replayed(at, lambda version, domain: other, case_id=one(at))
        assert {"impact", "expected_loss", "decisions.impact"} <= {each.field for each in found.differences}
        then = next(each for each in found.differences if each.field == "impact")
        assert (then.then, then.now) == (10 / 3, 3.5)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"risk": 0.5}, "decisions.risk"),
            ({"priority": "P1"}, "decisions.priority"),
            ({"holds": b"x"}, "decisions.holds"),
        ],
    )
    def test_a_changed_column_is_told(self, at, values: dict[str, Any], field: str) -> None:
        with at.engine.begin() as connection:
            connection.execute(update(decisions).values(**values))
        (found,) = replayed(at, case_id=one(at))
        assert field in {each.field for each in found.differences}


class TestMissing:
    def test_a_policy_version_that_is_gone(self, at) -> None:
        with at.engine.begin() as connection:
            connection.execute(policy_versions.delete())
        (found,) = replayed(at, case_id=one(at))
        assert "policy version 1.0.0 of price_override is not in the database" in str(found.missing)

    def test_a_bundle_that_is_gone(self, at) -> None:
        def gone(version: str, domain: Any) -> Any:
            raise ValueError("no such version")

        (found,) = replayed(at, gone, case_id=one(at))
        assert "model price_override/1 cannot be loaded (no such version)" in str(found.missing)

    def test_features_of_another_release(self, at) -> None:
        with at.engine.begin() as connection:
            connection.execute(update(decisions).values(features=bytes(16)))
        (found,) = replayed(at, case_id=one(at))
        assert "built 2 features" in str(found.missing)

    def test_an_unknown_case(self, at) -> None:
        with pytest.raises(NotFoundError):
            replayed(at, case_id="nobody")


class TestSampling:
    def test_the_newest_first_until_the_date(self, at) -> None:
        since = at.clock() - timedelta(minutes=15)
        found = replayed(at, since=since)
        assert [each.decided_at > since for each in found] == [True, True]
        assert found[0].decided_at > found[1].decided_at

    def test_at_most_so_many_and_the_same_share_again(self, at) -> None:
        since = at.clock() - timedelta(days=1)
        assert len(replayed(at, since=since, most=3)) == 3
        assert replayed(at, since=since, share=0.0) == []
        drawn = [each.case_id for each in replayed(at, since=since, share=0.5)]
        assert drawn == [each.case_id for each in replayed(at, since=since, share=0.5)]
        assert DOMAIN.name in DOMAINS
