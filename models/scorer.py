"""A loaded model version that scores cases: one row and a million through the same lines."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from features.attributes.attribute_columns import Attribute, extend_recipe
from features.recipe import Feature, Matrix, Recipe
from models.bundle import Bundle, Golden
from models.contributions import RiskContributions
from models.encoder import TextEncoder
from models.errors import BundleError
from models.predictors import Predicted
from models.reasons import Explainer
from models.score import UNKNOWN_CAUSE, Cause, Reason, Score
from models.text_projection import TITLE as TEXT_TITLE
from models.text_words import quote_words

_SAME: Final = 1e-9
_TEXT_SAME: Final = 1e-3
"""Another processor's embeddings differ in the seventh digit; those of another encoder in the first."""


class Scorer:
    """Score the rows of one domain with one model version. Thread-safe.

    version: "name/number" in the registry, else the start of the training data's fingerprint.
    recipe: the domain's, extended by the attributes the model learnt with; rows must be built with it.
    """

    def __init__(
        self, bundle: Bundle, recipe: Recipe, encoder: TextEncoder | None = None, *, version: str | None = None
    ) -> None:
        """Fit a bundle to its domain's recipe (with or without the attributes) and its encoder.

        Raises BundleError when the recipe's features are not those the model learnt with, or the encoder is another
        one.
        """
        self.bundle = bundle
        self.recipe = _fitting_recipe(bundle, recipe)
        self.version = version or f"{bundle.domain}/{bundle.fingerprint[:12]}"
        self._encoder = encoder
        self._contributions = RiskContributions(bundle)
        self._explainer = Explainer(bundle.columns, bundle.flags)
        if bundle.encoder is not None and (encoder is None or encoder.card.key != bundle.encoder.key):
            raise BundleError(f"{self.version} needs the encoder {bundle.encoder.name} ({bundle.encoder.key})")

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The customer's columns the model learnt with."""
        return self.bundle.attributes

    def score(self, rows: Matrix, texts: Sequence[str], *, reasons: bool = True, threads: int = 1) -> list[Score]:
        """Score rows of shape (n, n_features) with their texts, empty where there is none.

        reasons: leave them out where nobody reads them; they cost more than the rest. threads: for encoding many texts.
        """
        columns = self.with_text(rows, texts, threads=threads)
        scores = self.score_columns(columns, reasons=reasons, texts=texts)
        return [
            replace(score, unlike=(*score.unlike, TEXT_TITLE)) if far else score
            for score, far in zip(scores, self.unlike_texts(texts), strict=True)
        ]

    def unlike_texts(self, texts: Sequence[str]) -> list[bool]:
        """Return which texts are far from every text that was found harmless."""
        if self.bundle.text_support is None or self._encoder is None:
            return [False] * len(texts)
        found: list[bool] = self.bundle.text_support.unlike(self._encoder.encode(texts)).tolist()
        return found

    def with_text(self, rows: Matrix, texts: Sequence[str], *, threads: int = 1) -> Matrix:
        """Append the text columns, returning the rows the heads read."""
        if len(rows) != len(texts):
            raise ValueError(f"{len(rows)} rows but {len(texts)} texts")
        if self.bundle.text is None or self._encoder is None:
            return rows
        return np.hstack([rows, self.bundle.text.project(self._encoder.encode(texts, threads=threads))])

    def score_columns(
        self, columns: Matrix, *, reasons: bool = True, texts: Sequence[str] | None = None
    ) -> list[Score]:
        """Score rows that already carry their text columns. texts: to quote what moved the risk from."""
        predicted = self.bundle.predict(columns)
        causes, risks, impacts = predicted.causes.tolist(), predicted.risk.tolist(), predicted.impact.tolist()
        why = self._reasons(predicted, texts) if reasons else [()] * len(columns)
        unlike = self._unlike(columns)
        return [
            Score(
                causes=self._ranked(causes[at]),
                risk=risks[at],
                impact=impacts[at],
                reasons=why[at],
                model_version=self.version,
                unlike=unlike[at],
            )
            for at in range(len(columns))
        ]

    def _unlike(self, columns: Matrix) -> list[tuple[str, ...]]:
        if self.bundle.support is None:
            return [()] * len(columns)
        titles = [feature.title for feature in self.bundle.columns]
        return [tuple(titles[at] for at in found) for found in self.bundle.support.unlike(columns)]

    def self_test(self) -> None:
        """Replay the golden rows; raise BundleError when a score or a text's columns are not what they were in
        training."""
        for number, golden in enumerate(self.bundle.golden):
            self._replay(number, golden)

    def _replay(self, number: int, golden: Golden) -> None:
        row = np.array([golden.row + golden.text_columns])
        (score,) = self.score_columns(row, reasons=False)
        expected = dict(zip(self.bundle.labels, golden.causes, strict=True))
        answers = [(f"p_{cause.label}", cause.probability, expected.get(cause.label), 1.0) for cause in score.causes]
        answers += [("risk", score.risk, golden.risk, 1.0)]
        answers += [("impact", score.impact, golden.impact, max(1.0, abs(golden.impact)))]
        for name, found, pinned, scale in answers:
            # What is no number is not within anything.
            if pinned is not None and not abs(found - pinned) / scale <= _SAME:
                raise BundleError(f"{self.version}: golden row {number} scores {name} {found}, expected {pinned}")
        columns = self.with_text(np.array([golden.row]), [golden.text])[0, len(golden.row) :]
        if not np.allclose(columns, golden.text_columns, rtol=0, atol=_TEXT_SAME, equal_nan=True):
            raise BundleError(f"{self.version}: the text of golden row {number} is read differently than in training")

    def _ranked(self, probabilities: list[float]) -> tuple[Cause, ...]:
        if not self.bundle.cause.has_learnt:
            return (Cause(label=UNKNOWN_CAUSE, probability=1.0),)
        pairs = sorted(zip(probabilities, self.bundle.labels, strict=True), key=lambda pair: -pair[0])
        return tuple(Cause(label=label, probability=probability) for probability, label in pairs)

    def _reasons(self, predicted: Predicted, texts: Sequence[str] | None) -> list[tuple[Reason, ...]]:
        found = self._contributions.of(predicted)
        if found is None:
            return [()] * len(predicted.read)
        why = [self._explainer.reasons(predicted.read[at], found[at]) for at in range(len(predicted.read))]
        projection, encoder = self.bundle.text, self._encoder
        if texts is None or projection is None or encoder is None:
            return why
        own = slice(len(self.recipe.features), len(self.bundle.columns))
        return [
            quote_words(
                reasons,
                text,
                row=predicted.read[at, own],
                contributions=found[at, own],
                projection=projection,
                encoder=encoder,
            )
            for at, (reasons, text) in enumerate(zip(why, texts, strict=True))
        ]


def golden_rows(scorer: Scorer, rows: Matrix, texts: Sequence[str]) -> tuple[Golden, ...]:
    """Pin the scores of some rows, for `Scorer.self_test` to replay."""
    columns = scorer.with_text(rows, texts)
    predicted = scorer.bundle.predict(columns)
    return tuple(
        Golden(
            row=tuple(rows[at].tolist()),
            text=texts[at],
            text_columns=tuple(columns[at, rows.shape[1] :].tolist()),
            causes=tuple(predicted.causes[at].tolist()),
            risk=float(predicted.risk[at]),
            impact=float(predicted.impact[at]),
        )
        for at in range(len(rows))
    )


def _fitting_recipe(bundle: Bundle, recipe: Recipe) -> Recipe:
    if recipe.names != tuple(feature.name for feature in bundle.features):
        recipe = extend_recipe(recipe, bundle.attributes)
    have, need = _shape(recipe.features), _shape(bundle.features)
    if have != need:
        apart = sorted({shape[0] for shape in set(have) ^ set(need)}) or ["their order"]
        raise BundleError(
            f"the {bundle.domain} model of {bundle.trained_at:%Y-%m-%d} learnt from other features than this program "
            f"builds; they differ in {', '.join(apart)}: train again"
        )
    return recipe


def _shape(features: Sequence[Feature]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(feature.name, feature.kind, feature.vocabulary) for feature in features]
