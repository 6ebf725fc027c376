"""What a reviewer is told about the parts of the business, the mistakes, the champion and the weak points."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from models.bundle import save_bundle
from models.domains.return_fraud import HEADS
from models.registry import Registry, VersionRef
from tests.toy_data import LABELS, START, make_dataset
from training.fitting.fit import Fitted, fit
from training.report.card import model_card, short_card
from training.report.compare import LEARNT_UNTIL, Comparison, NotCompared, compare
from training.report.confusions import confusion_rows, confusions
from training.report.evaluation import Evaluation, evaluate_on_test, gather
from training.report.metrics import Judged, gains_by_column, judge
from training.report.plots import draw_all
from training.report.segments import Grouping, groupings, segment_metrics, segment_rows, segments
from training.report.weaknesses import weaknesses
from training.tables.dataset import Dataset

NOBODY = Registry("sqlite:////nowhere/none.db")


class ForeseenLoss:
    """A known truth whose best observer foresees the loss itself."""

    expected_loss = np.zeros(0)
    metrics: Mapping[str, float] = MappingProxyType({"bayes/risk_gain_share": 0.5})
    card_lines = ("risk: half of what can be gained",)

    def require(self, exception_ids: Sequence[str]) -> None:
        pass

    def judge(self, judged: Judged, *, exception_ids: Sequence[str], **_: object) -> "ForeseenLoss":
        assert len(exception_ids) == len(judged.loss)
        self.expected_loss = np.nan_to_num(judged.loss)
        return self

    def refuse_leaks(self, bundle: object, text_fields: Sequence[str] = ()) -> None:
        pass


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return make_dataset(2000)


@pytest.fixture(scope="module")
def fitted(dataset: Dataset) -> Fitted:
    return fit(dataset, now=START)


@pytest.fixture(scope="module")
def judged(dataset: Dataset, fitted: Fitted) -> Judged:
    return judge(dataset, fitted)


@pytest.fixture(scope="module")
def evidence(dataset: Dataset, fitted: Fitted, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    home = tmp_path_factory.mktemp("home")
    tested = evaluate_on_test(dataset, fitted, ForeseenLoss())
    return gather(dataset, fitted, tested, registry=NOBODY, home=home, encoder=None, num_threads=1)


class TestSegments:
    def test_the_business_is_divided_by_category_money_and_text(
        self, dataset: Dataset, judged: Judged, fitted: Fitted
    ) -> None:
        found = groupings(replace(dataset, source_systems=["wms", "tms"] * 1000), fitted.split.test, judged.stake)
        values = {grouping.by: set(grouping.values) for grouping in found}
        assert values["source_system"] == {"wms", "tms"}
        assert values["money_at_stake"] == {f"quarter {at}" for at in range(1, 5)}
        assert values["text"] == {"with text", "without text"}
        assert values["reason"] == {"weather", "traffic", "unknown", "not given"}
        assert "carrier_id" in values, "eight carriers are few values"

    def test_newcomers_are_told_from_known_entities(self, dataset: Dataset) -> None:
        carriers: list[str | None] = [f"C{at}" if at % 3 else "C0" for at in range(2000)]
        columns = replace(dataset.columns, strings=dataset.columns.strings | {"carrier_id": carriers})
        rows = np.arange(1000, 2000)
        found = groupings(replace(dataset, columns=columns), rows, np.arange(1000.0))
        (grouping,) = [grouping for grouping in found if grouping.by == "carrier_seen_before"]
        assert [grouping.values[at - 1000] for at in (1000, 1002)] == ["first visit", "known"]

    def test_every_part_has_exact_shares_and_bootstrapped_areas(self, evidence: Evaluation) -> None:
        for segment in evidence.segments:
            assert segment.wrong.low <= segment.wrong.value <= segment.wrong.high
            assert np.isnan(segment.auc.value) or segment.auc.low <= segment.auc.value <= segment.auc.high
        quarters = [segment for segment in evidence.segments if segment.by == "money_at_stake"]
        assert sum(segment.cases for segment in quarters) == len(evidence.judged.risk)
        assert sum(segment.loss_share for segment in quarters) == pytest.approx(1)

    def test_an_honest_part_does_not_stand_out_and_a_spoilt_one_does(
        self, dataset: Dataset, fitted: Fitted, judged: Judged, evidence: Evaluation
    ) -> None:
        assert [segment.words for segment in evidence.segments if segment.weaknesses] == []
        divided = [g for g in groupings(dataset, fitted.split.test, judged.stake) if g.by == "text"]
        spoilt = np.array([value == "with text" for value in divided[0].values])
        worse = replace(judged, risk=np.where(spoilt, 1.0 - judged.risk, judged.risk))
        found = {s.value: s.weaknesses for s in segments(worse, divided, np.arange(len(spoilt)))}
        assert found["without text"] == ()
        assert [words.split(":")[0] for words in found["with text"]] == ["risk too high", "ranks worse than elsewhere"]

    def test_a_part_of_few_entities_has_no_interval(self, judged: Judged) -> None:
        half = len(judged.risk) // 2
        divided = [
            Grouping(
                by="half", title="Half", values=["first" if at < half else "second" for at in range(len(judged.risk))]
            )
        ]
        entities = np.concatenate([np.arange(half) % 5, np.arange(len(judged.risk) - half) + 5])
        bounds = {segment.value: segment.auc.low for segment in segments(judged, divided, entities)}
        assert np.isnan(bounds["first"]) and bounds["second"] > 0.5

    def test_metric_names_are_what_mlflow_takes(self, evidence: Evaluation) -> None:
        from mlflow.utils.validation import _validate_metric_name

        odd = replace(evidence.segments[0], by="region", value="Köln/Süd = 50 %", cases=500)
        names = [*segment_metrics([odd, *evidence.segments]), *evidence.metrics]
        for name in names:
            _validate_metric_name(name)
        assert "segment/region/risk_auc.Köln_Süd_50" in names
        assert "segment/text/risk_log_loss.with_text" in names

    def test_the_table_has_a_line_per_part(self, evidence: Evaluation) -> None:
        rows = segment_rows(evidence.segments)
        assert len(rows) == len(evidence.segments) and len({tuple(row) for row in rows}) == 1


class TestConfusions:
    def test_the_most_frequent_come_first_with_cases_to_look_up(
        self, dataset: Dataset, fitted: Fitted, judged: Judged
    ) -> None:
        found = confusions(dataset, fitted, judged)
        assert [confusion.cases for confusion in found] == sorted((c.cases for c in found), reverse=True)
        first = found[0]
        truth = np.array([str(cause) for cause in dataset.cause])[fitted.split.test]
        said = np.array(LABELS)[judged.causes.argmax(axis=1)]
        assert first.cases == int(((truth == first.true) & (said == first.predicted)).sum())
        position = {name: at for at, name in enumerate(dataset.exception_ids)}
        for example in first.examples:
            assert dataset.cause[position[example.exception_id]] == first.true
            assert example.p_predicted > example.p_true
            assert example.because, "some feature spoke for the mistake"

    def test_no_text_and_no_entity_is_shown(self, dataset: Dataset, fitted: Fitted, judged: Judged) -> None:
        shown = str(confusion_rows(confusions(dataset, fitted, judged)))
        assert "hall" not in shown and "'C1'" not in shown


class TestChampion:
    """A stub registry: what is put to the test is the comparison."""

    class One(Registry):
        def __init__(self, folder: Path, tags: dict[str, str]) -> None:
            self.folder = folder
            self.ref = VersionRef(name="late_delivery", version=7, run_id="r", created_at=START, tags=tags)

        def champion(self, name: str) -> VersionRef | None:
            return self.ref

        def download(self, ref: VersionRef, into: Path) -> Path:
            return self.folder

    def against(
        self, champion: Fitted, dataset: Dataset, fitted: Fitted, folder: Path, **tags: str
    ) -> Comparison | NotCompared | None:
        save_bundle(champion.bundle, folder / "bundle")
        registry, judged = self.One(folder / "bundle", tags), judge(dataset, fitted)
        groups = np.arange(len(judged.risk))
        return compare(dataset, fitted, judged, groups, registry=registry, home=folder, encoder=None)

    def test_a_model_is_no_different_from_itself(self, dataset: Dataset, fitted: Fitted, tmp_path: Path) -> None:
        found = self.against(fitted, dataset, fitted, tmp_path)
        assert isinstance(found, Comparison)
        assert (found.log_loss.value, found.auc.value, found.captured.value) == (0, 0, 0)
        assert (found.champion, found.cases, found.unseen_only) == ("late_delivery/7", len(fitted.split.test), False)

    def test_a_better_model_is_seen_to_be_better(self, dataset: Dataset, fitted: Fitted, tmp_path: Path) -> None:
        blind = {**dataset.columns.numbers, "days_late": np.zeros(2000), "sealed": np.zeros(2000)}
        poor = fit(replace(dataset, columns=replace(dataset.columns, numbers=blind)), now=START)
        found = self.against(poor, dataset, fitted, tmp_path)
        assert isinstance(found, Comparison)
        assert found.log_loss.high < 0 < found.auc.low

    def test_only_cases_later_than_it_learnt_from_count_where_that_is_known(
        self, dataset: Dataset, fitted: Fitted, tmp_path: Path
    ) -> None:
        before = float(dataset.columns.as_of[1800])
        until = START.fromtimestamp(before, START.tzinfo).isoformat()
        found = self.against(fitted, dataset, fitted, tmp_path, **{LEARNT_UNTIL: until})
        assert isinstance(found, Comparison)
        assert (found.unseen_only, found.cases) == (True, 199)

    def test_a_champion_with_other_features_is_said_to_be_no_match(
        self, dataset: Dataset, fitted: Fitted, tmp_path: Path
    ) -> None:
        renamed = (replace(fitted.bundle.features[0], name="worth"), *fitted.bundle.features[1:])
        other = replace(fitted, bundle=replace(fitted.bundle, features=renamed))
        found = self.against(other, dataset, fitted, tmp_path)
        assert found == NotCompared("late_delivery/7", "it reads other features; they differ in value, worth")

    def test_nothing_serves_yet(self, evidence: Evaluation) -> None:
        assert evidence.comparison is None


def test_every_picture_is_drawn(evidence: Evaluation, fitted: Fitted, tmp_path: Path) -> None:
    gains = gains_by_column(fitted.bundle)["risk"]
    files = draw_all(
        evidence, labels=LABELS, features=fitted.bundle.columns, gains=gains, title="toy", folder=tmp_path / "plots"
    )
    assert {file.stem for file in files} == {
        "precision_recall", "roc", "reliability", "captured_loss", "cost", "confusion", "importance", "segments",
    }  # fmt: skip
    assert all(file.stat().st_size > 5000 for file in files)


class TestCard:
    def test_it_says_what_a_reviewer_asks(self, dataset: Dataset, fitted: Fitted, evidence: Evaluation) -> None:
        card = model_card(dataset, fitted, evidence, heads=HEADS, now=START, refit=True)
        for words in (
            "**Synthetic data.**", HEADS.straight_through, "simulated, seed 1", "2026-01-01 to 2027-05-15",
            "2,000 outcome",
            "known after 5.0 days at the median", "learnt anew", "| Risk: area under the ROC curve |", "uncalibrated",
            "of what can be gained", "It does not read the text", "## Most frequent confusions", "Nothing served",
        ):  # fmt: skip
            assert words in card, words

    def test_in_short_it_fits_a_versions_description(
        self, dataset: Dataset, fitted: Fitted, evidence: Evaluation
    ) -> None:
        short = short_card(replace(dataset, origin="x" * 9000), fitted, evidence, heads=None, refit=False)
        assert len(short) < 5000

    def test_real_data_are_not_called_synthetic(self, dataset: Dataset, fitted: Fitted, evidence: Evaluation) -> None:
        real = replace(dataset, origin="simulated returns.csv", synthetic=False, label_sources=["resolution"] * 2000)
        card = model_card(real, fitted, evidence, heads=None, now=START, refit=False)
        assert "Synthetic" not in card and "synthetic" not in card
        assert "No label is an outcome" in card

    def test_weak_points_are_found(self, dataset: Dataset, fitted: Fitted, evidence: Evaluation) -> None:
        thin = replace(
            evidence,
            judged=replace(evidence.judged, risk=np.minimum(evidence.judged.risk + 0.2, 0.99)),
            comparison=NotCompared("late_delivery/7", "it is gone"),
        )
        found = "\n".join(weaknesses(replace(dataset, known_at=np.full(2000, np.nan)), fitted, thin))
        for words in ("Only 0% of the cases have a label", "The risk is off on average", "late_delivery/7: it is gone"):
            assert words in found
