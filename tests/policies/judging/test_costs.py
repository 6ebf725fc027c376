"""What a minute of review saves is the same for one case as in the filling of a queue."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.score import Cause, Score
from policies.certifying.capacity import case_costs
from policies.judging.costs import saved_per_minute
from tests.policies.parcel_policies import policy

MONEY = st.floats(0, 1e6)


@given(risk=st.floats(0, 1), false_accept=MONEY, false_refuse=MONEY)
def test_one_case_alone_is_worth_what_it_is_among_many(risk: float, false_accept: float, false_refuse: float) -> None:
    document = policy().document
    causes = (Cause(label="honest", probability=1.0),)
    score = Score(causes=causes, risk=risk, impact=1.0, reasons=(), model_version="parcel_claims/3")
    saved, failed = saved_per_minute(document, "CHECK", score=score, amounts=[false_accept, false_refuse])
    many = case_costs(
        np.array([risk]),
        false_accept=np.array([false_accept]),
        false_refuse=np.array([false_refuse]),
        minutes=np.array([document.queues["CHECK"].minutes_per_case]),
        per_minute=document.costs.review_per_minute,
    )
    assert failed == [] and saved == pytest.approx(float(many.saved_per_minute[0]))
