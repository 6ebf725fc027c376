"""The labels a budget needs, and the table of them in the docs."""

import re
from pathlib import Path

import pytest

from policies.certifying.certification import labels_needed
from policies.certifying.label_demand import labels_by_share
from policies.document.document import ErrorBudget, Segment

DOCS = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")


def test_margin_and_segments_make_it_harder() -> None:
    plain = labels_by_share(ErrorBudget(alpha=0.02, margin=1.0))
    assert plain[0.5] == labels_needed(0.02, 0.1, 0.5)
    assert labels_by_share(ErrorBudget(alpha=0.02, margin=0.8))[0.5] == labels_needed(0.016, 0.1, 0.5) > plain[0.5]
    two = ErrorBudget(alpha=0.02, margin=1.0, segments=[Segment(id="a", when="true"), Segment(id="b")])
    assert labels_by_share(two)[0.5] == labels_needed(0.02, 0.05, 0.5) > plain[0.5]


@pytest.mark.parametrize("alpha", [0.001, 0.005, 0.01, 0.02, 0.05])
def test_the_table_in_the_docs_is_what_is_needed(alpha: float) -> None:
    row = re.search(rf"^\| {alpha * 100:g} % \|(.*)\|$", DOCS, re.M)
    assert row is not None
    shown = [int(cell.replace(",", "")) for cell in row[1].split("|")]
    assert shown == [labels_needed(alpha, 0.1, share) for share in (0.25, 0.5, 0.7, 0.85)]
