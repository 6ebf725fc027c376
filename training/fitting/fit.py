"""From a data set to a trained bundle: split, embed, boost, calibrate.

The calibration part says when to stop and calibrates, then it is learnt from like the train part; the test part judges
(`training.fitting.split` says which is which). `training.train` may then fit once more from all labels.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.columns import Column
from features.declaration import AS_OF
from features.recipe import Matrix
from models.bundle import Bundle
from models.calibration import Shifted
from models.encoder import TextEncoder
from models.predictors import RiskPredictor, log_odds_of
from models.scorer import Scorer, golden_rows
from models.support import Support, fit_support
from models.text_projection import TextProjection
from models.text_support import TextSupport, fit_text_support
from training.fitting.boosting import BoostingOptions, Positions
from training.fitting.cause import CauseClassifier
from training.fitting.embeddings import embed
from training.fitting.impact import ImpactRegressor, impact_targets
from training.fitting.projection import fit_projection
from training.fitting.risk import RiskClassifier, tuned_risk_options, why_not_tuned
from training.fitting.split import Split, split
from training.tables.dataset import Dataset, feature_rows

Progress = Callable[[str], None]
_TEXT_COLUMNS: Final = 32
_GOLDEN_ROWS: Final = 12
_MIN_RATE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A trained bundle and what evaluation needs to judge it.

    columns: the rows the heads are asked about, domain features then text columns, one per case of the data set.
    params: how it was trained, flat, for the record. risk_options: those searched for or given, None where neither.
    notes: what was asked for and not done, a sentence each.
    """

    bundle: Bundle
    scorer: Scorer
    split: Split
    rows: Matrix
    texts: list[str]
    columns: Matrix
    params: dict[str, Any]
    risk_options: BoostingOptions | None
    notes: tuple[str, ...] = ()


def fit(
    dataset: Dataset,
    *,
    now: datetime,
    encoder: TextEncoder | None = None,
    parts: Split | None = None,
    seed: int = 0,
    cache_folder: Path | None = None,
    tune_minutes: float = 0.0,
    risk_options: BoostingOptions | None = None,
    base_rate: float | None = None,
    num_threads: int = 2,
    progress: Progress = lambda _: None,
) -> Fitted:
    """Train the three heads of a domain; the same data and seed give the same bundle.

    encoder: None trains without the text. parts: None splits off a test part. cache_folder: where embeddings are
    remembered. base_rate: the share wrong in life, in (0, 1), where the cases were drawn by their outcome.
    tune_minutes: time to search for the risk model's options, 0 takes `risk_options`, or those by the number of rows. A
    head whose data are too thin answers with the base rate. Raises ValueError for a data set without cases.
    """
    if not len(dataset):
        raise ValueError(f"no cases of {dataset.domain} to learn from")
    progress(f"building features of {len(dataset):,} cases")
    rows = feature_rows(dataset)
    parts = parts or split(dataset)
    texts = [text.strip() for text in dataset.recipe.texts(dataset.columns)]
    projection, text_columns, text_support = _text(dataset, texts, parts, encoder, cache_folder, num_threads, progress)
    columns = rows if text_columns is None else np.hstack([rows, text_columns])
    settings: dict[str, Any] = {
        "categorical_feature": _categories(dataset),
        "random_state": seed,
        "n_jobs": num_threads,
    }
    progress("learning the cause")
    cause, columns_read, start = fit_cause(dataset, columns, parts, settings)
    train, calibration = _known(parts.train, dataset.wrong), _known(parts.calibration, dataset.wrong)
    progress("learning the risk")
    tuned = tuned_risk_options(
        RiskClassifier(**settings).trees(columns_read, start),
        train,
        calibration,
        dataset.wrong,
        minutes=tune_minutes,
        progress=progress,
    )
    risk_options = tuned or risk_options
    risk = fit_risk(dataset, columns_read, parts, settings, start=start, options=risk_options)
    predictor = risk.predictor_
    if base_rate is not None:
        learnt = np.concatenate([train, calibration])
        predictor = at_base_rate(predictor, base_rate, sample_rate=float(dataset.wrong[learnt].mean()))
    progress("learning the impact")
    impact, learnt_from = fit_impact(dataset, columns_read, parts, settings)
    not_tuned = why_not_tuned(train, calibration, minutes=tune_minutes)
    bundle = Bundle(
        domain=dataset.domain,
        labels=dataset.labels,
        features=dataset.recipe.features,
        flags=_flags(dataset, rows),
        attributes=dataset.attributes,
        text=projection,
        encoder=encoder.card if encoder is not None and projection is not None else None,
        cause=cause.predictor_,
        risk=predictor,
        impact=impact.predictor_,
        golden=(),
        trained_at=now,
        origin=dataset.origin,
        fingerprint=dataset.fingerprint,
        support=_support(dataset, rows, parts),
        text_support=text_support,
    )
    bundle, scorer = _pinned(bundle, dataset, encoder, rows, texts)
    params: dict[str, Any] = cause.about_ | risk.about_ | impact.about_ | {"impact_learnt_from": learnt_from}
    params |= {"seed": seed, "split": parts.how, "text_columns": columns.shape[1] - rows.shape[1]}
    params |= {"features": rows.shape[1], "encoder": bundle.encoder.name if bundle.encoder else "none"}
    return Fitted(
        bundle=bundle,
        scorer=scorer,
        split=parts,
        rows=rows,
        texts=texts,
        columns=columns,
        params=params,
        risk_options=risk_options,
        notes=(not_tuned,) if not_tuned else (),
    )


def at_base_rate(predictor: RiskPredictor, base_rate: float, *, sample_rate: float) -> RiskPredictor:
    """Return a risk learnt at one rate as it is at another: only how many of either kind were drawn differs."""
    by = log_odds_of(base_rate) - log_odds_of(min(max(sample_rate, _MIN_RATE), 1.0 - _MIN_RATE))
    return replace(predictor, base=base_rate, calibrator=Shifted(predictor.calibrator, by))


def fit_cause(
    dataset: Dataset, columns: Matrix, parts: Split, settings: dict[str, Any]
) -> tuple[CauseClassifier, Matrix, Column | None]:
    """Fit the cause; return it, the rows that risk and impact are learnt from, and the log-odds of the risk that
    follows from the causes.

    The rows carry what models that have not seen them say of their cause; NaN for cases that are not learnt from.
    Without a cause model the rows stay as they are.
    """
    codes, rows = _codes(dataset), np.sort(np.concatenate([parts.train, parts.calibration]))
    cause = CauseClassifier(**settings).fit(
        columns[rows],
        codes[rows],
        n_labels=len(dataset.labels),
        wrong=dataset.wrong[rows],
        groups=[dataset.groups[at] for at in rows.tolist()] if dataset.groups is not None else None,
    )
    if cause.oof_proba_ is None:
        return cause, columns, None
    probabilities = np.full((len(columns), len(dataset.labels)), np.nan)
    probabilities[rows] = cause.oof_proba_
    read = cause.predictor_.with_cause_probabilities(columns, probabilities)
    return cause, read, read[:, -1]


def fit_risk(
    dataset: Dataset,
    columns: Matrix,
    parts: Split,
    settings: dict[str, Any],
    *,
    start: Column | None,
    options: BoostingOptions | None = None,
) -> RiskClassifier:
    """Fit the risk on the cases known to be right or wrong."""
    given = asdict(options) if options else {}
    rows, calibration = _learnt_from(parts, dataset.wrong)
    return RiskClassifier(**settings, **given).fit(
        columns[rows], dataset.wrong[rows], calibration=calibration, start=None if start is None else start[rows]
    )


def fit_impact(
    dataset: Dataset, columns: Matrix, parts: Split, settings: dict[str, Any]
) -> tuple[ImpactRegressor, str]:
    """Fit the impact on the cases with a known loss; return it and what it was learnt from."""
    stake = dataset.recipe.money_at_stake(dataset.columns)
    labelled = np.concatenate([parts.train, parts.calibration])
    cost, learnt_from = impact_targets(labelled, dataset.wrong, dataset.loss, stake)
    rows, calibration = _learnt_from(parts, cost)
    return ImpactRegressor(**settings).fit(columns[rows], cost[rows], calibration=calibration), learnt_from


def _learnt_from(parts: Split, values: Column) -> tuple[Positions, NDArray[np.bool_]]:
    """Return the rows with a known value, in order, and which of them calibrate."""
    calibration = _known(parts.calibration, values)
    rows = np.sort(np.concatenate([_known(parts.train, values), calibration]))
    return rows, np.isin(rows, calibration)


def _known(rows: Positions, values: Column) -> Positions:
    return rows[~np.isnan(values[rows])]


def _text(
    dataset: Dataset,
    texts: list[str],
    parts: Split,
    encoder: TextEncoder | None,
    cache_folder: Path | None,
    threads: int,
    progress: Progress,
) -> tuple[TextProjection | None, Matrix | None, TextSupport | None]:
    """Fit the text columns to the train part's texts and labels; return them for every case, and which texts are
    known to be harmless."""
    learnt_from = {texts[at] for at in parts.train.tolist()} - {""}
    if encoder is None or len(learnt_from) < 2 * _TEXT_COLUMNS:
        return None, None, None
    distinct = embed(texts, encoder, cache_folder=cache_folder, threads=threads, progress=progress)
    with_text = np.array([at for at in parts.train.tolist() if texts[at]], dtype=np.int64)
    vectors = distinct.vectors[distinct.row_of[with_text]]
    projection = fit_projection(vectors, _codes(dataset)[with_text], dataset.wrong[with_text], n_columns=_TEXT_COLUMNS)
    if projection is None:
        return None, None, None
    harmless, later = (
        distinct.row_of[[at for at in part.tolist() if texts[at] and dataset.wrong[at] == 0.0]]
        for part in (parts.train, parts.calibration)
    )
    known = fit_text_support(distinct.vectors[np.unique(harmless)], distinct.vectors[later])
    return projection, projection.project(distinct.vectors)[distinct.row_of], known


def _pinned(
    bundle: Bundle, dataset: Dataset, encoder: TextEncoder | None, rows: Matrix, texts: list[str]
) -> tuple[Bundle, Scorer]:
    """Add the golden rows, spread over the data set."""
    encoder = encoder if bundle.encoder is not None else None
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(_GOLDEN_ROWS, len(rows))).astype(np.int64))
    scorer = Scorer(bundle, dataset.recipe, encoder)
    bundle = replace(bundle, golden=golden_rows(scorer, rows[chosen], [texts[at] for at in chosen.tolist()]))
    return bundle, Scorer(bundle, dataset.recipe, encoder)


def _codes(dataset: Dataset) -> Column:
    """Return each case's cause as its position among the labels, NaN where unknown or not one of them."""
    position = {label: float(at) for at, label in enumerate(dataset.labels)}
    return np.array([position.get(cause, np.nan) if cause is not None else np.nan for cause in dataset.cause])


def _categories(dataset: Dataset) -> list[int]:
    return [at for at, feature in enumerate(dataset.recipe.features) if feature.kind == "category"]


def _support(dataset: Dataset, rows: Matrix, parts: Split) -> Support:
    """Fit what cases the model knows, by what they say of themselves: an entity without a history is nothing
    strange."""
    recipe = dataset.recipe
    trails = {trail.name for trail in recipe.trails}
    # What was set aside is empty here and filled when it is served: that says nothing of a case.
    not_own = {*trails, AS_OF, *dataset.set_aside}
    own = [at for at, feature in enumerate(recipe.features) if not {*feature.sources} & not_own]
    later = parts.calibration if len(parts.calibration) else parts.train
    return fit_support(rows[parts.train], rows[later], columns=own, categories=_categories(dataset))


def _flags(dataset: Dataset, rows: Matrix) -> frozenset[str]:
    """Name the unitless numbers that are only ever 0 or 1, and were both."""
    names = set()
    for at, feature in enumerate(dataset.recipe.features):
        if feature.kind == "number" and feature.unit == "":
            seen: NDArray[np.float64] = np.unique(rows[~np.isnan(rows[:, at]), at])
            if seen.tolist() == [0.0, 1.0]:
                names.add(feature.name)
    return frozenset(names)
