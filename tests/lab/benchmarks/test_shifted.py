"""A promise replayed where the population shifts: what is unlike goes to people, and the budget holds where the plain
procedure breaks it."""

import numpy as np
import pytest

from lab.benchmarks.shifted import ALPHA, NO_SHIFT, measure_shifts
from triage.domains import BUILT_IN


@pytest.mark.slow
def test_the_budget_holds_under_shifts_that_break_the_plain_procedure() -> None:
    (domain,) = (domain for domain in BUILT_IN if domain.name == "invoice_discrepancy")
    found = {result.shift: result for result in measure_shifts(domain, rows=4_000, seed=101)}
    assert found[NO_SHIFT].shifted_held < 0.05
    for name in ("a language not covered", "a quarter of the columns missing", "columns in another order"):
        result = found[name]
        assert result.plain_wrong > ALPHA
        assert result.shifted_held > 0.9
        assert np.isnan(result.wrong) or result.wrong <= ALPHA
