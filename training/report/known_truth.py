"""What a simulation knows of its cases, in the form in which training may ask for it: after the fit, and only to judge
it.

The product defines these protocols and never implements them. Simulated data bring their own implementation along.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from features.columns import Column
from models.bundle import Bundle
from training.report.intervals import Codes
from training.report.metrics import Judged


class JudgedByTruth(Protocol):
    """A model's test part against the truth of a simulation."""

    @property
    def expected_loss(self) -> Column:
        """Return the exact E[loss] of each test case at `as_of`, shape (n,)."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """Return finite numbers for the run's record, by name."""

    @property
    def card_lines(self) -> Sequence[str]:
        """Return what the model card says of the comparison, one line for each head."""

    def refuse_leaks(self, bundle: Bundle, text_fields: Sequence[str] = ()) -> None:
        """Raise LeakError if the model is better than anybody could honestly be, naming the features it relies on most.

        text_fields: the payload's fields that the text columns read.
        """


class KnownTruth(Protocol):
    """The truth of simulated cases, looked up by exception id, so that no feature can ever read it."""

    def require(self, exception_ids: Sequence[str]) -> None:
        """Raise TableError if the truth of one of these cases is missing."""

    def judge(
        self, judged: Judged, *, exception_ids: Sequence[str], labels: Sequence[str], groups: Codes
    ) -> JudgedByTruth:
        """Compare predictions with the truth.

        judged, exception_ids and groups are of the same n test cases; groups: a code per case of what belongs together.
        """
