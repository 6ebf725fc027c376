"""Reasons use an analyst's words, one per family, strongest first."""

import numpy as np
import pytest

from features.recipe import Feature
from models.domains.return_fraud import HEADS
from models.reasons import Explainer, explain_difference, shown
from models.score import Cause, Score


def feature(name: str = "f", *, unit: str = "", family: str = "family", **more: object) -> Feature:
    return Feature(name=name, title=name.replace("_", " "), family=family, sources=("x",), unit=unit, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("fraction", 0.321, "32%"),
        ("fraction", 0.0214, "2.1%"),
        ("money", 1234.5, "1,234.50"),
        ("count", 3.0, "3"),
        ("days", 1.0, "1 day"),
        ("days", 12.0, "12 days"),
        ("days", 3.06, "3.1 days"),
        ("days", -0.21, "-0.2 days"),
        ("hours", 0.01, "almost 0 hours"),
        ("minutes", 42.2, "42 minutes"),
        ("ratio", 1.5, "1.50×"),
        ("", 0.123456, "0.12"),
        ("", 123456.7, "123,457"),
        ("°C", -18.0, "-18 °C"),
        ("degrees Celsius", 7.1, "7.1 °C"),
        ("", 0.00003, "almost 0"),
        ("money", np.nan, "missing"),
        ("", np.inf, "inf"),
    ],
)
def test_values_are_written_by_their_unit(unit: str, value: float, words: str) -> None:
    assert shown(feature(unit=unit), value) == words


@pytest.mark.parametrize(("code", "words"), [(0.0, "no receipt"), (1.0, "gift"), (7.0, "another"), (np.nan, "missing")])
def test_a_category_is_written_as_its_word(code: float, words: str) -> None:
    assert shown(feature(kind="category", vocabulary=("no_receipt", "gift")), code) == words


FEATURES = [
    feature("returns_in_90_days", family="customer history", unit="count"),
    feature("returns_in_a_year", family="customer history", unit="count"),
    feature("amount", family="money", unit="money"),
    feature("sealed", family="seal"),
    Feature(name="text_00", title="What the text says", family="text", sources=("text",)),
    Feature(name="text_01", title="What the text says", family="text", sources=("text",)),
]


def explain(row: list[float], pushes: list[float]) -> list[tuple[str, str, float]]:
    reasons = Explainer(FEATURES, frozenset({"sealed"})).reasons(np.array(row), np.array(pushes))
    return [(reason.code, reason.text, reason.weight) for reason in reasons]


def test_a_family_speaks_once_through_its_strongest_feature() -> None:
    assert explain([3, 9, 50, 1, np.nan, np.nan], [0.5, 0.9, -1.0, -0.3, 0.0, 0.0]) == [
        ("model:customer_history", "Returns in a year: 9, which raises the risk.", 1.4),
        ("model:money", "Amount: 50.00, which lowers the risk.", -1.0),
        ("model:seal", "Sealed: yes, which lowers the risk.", -0.3),
    ]


def test_the_strongest_feature_pushes_the_way_the_family_does() -> None:
    ((_, text, weight),) = explain([3, 9, 50, 1, 0, 0], [-0.6, 0.9, 0.0, 0.0, 0.0, 0.0])
    assert text == "Returns in a year: 9, which raises the risk."
    assert weight == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "What the text says raises the risk."), (np.nan, "The lack of text raises the risk.")],
)
def test_text_columns_are_told_as_one(value: float, text: str) -> None:
    assert explain([0, 0, 0, 0, value, value], [0, 0, 0, 0, 0.2, 0.2]) == [("model:text", text, 0.4)]


def test_pushes_too_weak_to_matter_are_left_out_and_four_are_enough() -> None:
    many = [feature(f"f{at}", family=f"family {at}") for at in range(9)]
    explainer = Explainer(many, frozenset())
    assert len(explainer.reasons(np.ones(9), np.linspace(0.5, 1.5, 9))) == 4
    assert explainer.reasons(np.ones(9), np.full(9, 0.001)) == ()


def _score(first: str, probability: float, risk: float) -> Score:
    rest = (1.0 - probability) / 2.0
    others = [label for label in ("legitimate", "wardrobing", "stolen_merchandise") if label != first]
    causes = (Cause(label=first, probability=probability), *(Cause(label=label, probability=rest) for label in others))
    return Score(causes=causes, risk=risk, impact=10.0, reasons=(), model_version="m/1")


@pytest.mark.parametrize(
    ("first", "probability", "risk", "says"),
    [
        ("legitimate", 0.5, 0.56, "Honest return is the likeliest single cause, at 50%. The risk of 56% counts all "
        "causes together: beside it Used, then returned (wardrobing) 25%, Stolen goods returned for money 25%."),
        ("legitimate", 0.9, 0.2499, None),
        ("stolen_merchandise", 0.4, 0.45, "Stolen goods returned for money is the likeliest single cause, at 40%. The "
        "risk of 45% counts all causes together: beside it Honest return 30%."),
        ("stolen_merchandise", 0.6, 0.7, None),
        ("wardrobing", 0.6, 0.3, None),
    ],
)  # fmt: skip
def test_a_cause_and_a_risk_that_point_apart_are_explained(
    first: str, probability: float, risk: float, says: str | None
) -> None:
    told = explain_difference(_score(first, probability, risk), HEADS)
    assert (told and told.text) == says
