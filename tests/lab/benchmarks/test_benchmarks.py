"""The quality benchmark on made-up tables in the form of each public set, and the page it writes."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli.main import app
from lab.benchmarks.freshretailnet import prepare as prepare_stockout
from lab.benchmarks.metric_values import Measured, compute, guess, measure
from lab.benchmarks.online_retail import prepare as prepare_returns
from lab.benchmarks.real import read_frame, run
from lab.benchmarks.real_page import _better
from lab.benchmarks.real_set import RealSet
from lab.benchmarks.report import Section, Stamp, write_page
from lab.benchmarks.servicenow import prepare as prepare_tickets
from lab.benchmarks.sets import REAL_SETS
from lab.benchmarks.splits import in_folds, with_hindsight
from training.fitting.split import split
from triage.domains import domains

NOW = datetime(2026, 3, 1, tzinfo=UTC)
N = 240


def random() -> np.random.Generator:
    return np.random.default_rng(7)


def moments(start: str, days: int = 200) -> pd.DatetimeIndex:
    return pd.date_range(start, periods=N, freq=pd.Timedelta(days=days / N))


def backorders(folder: Path) -> None:
    draw = random()
    numbers = [name for name in by_name("product_backorders").raw if name not in FLAGS]
    frame = pd.DataFrame({name: draw.integers(0, 50, N) for name in numbers})
    frame = frame.assign(sku=range(N), perf_6_month_avg=0.9, perf_12_month_avg=-99.0, **dict.fromkeys(FLAGS, "No"))
    frame["went_on_backorder"] = np.where(frame["national_inv"] < 10, "Yes", "No")
    frame.to_parquet(folder / "sample.parquet")


FLAGS = ("potential_issue", "deck_risk", "oe_constraint", "ppap_risk", "stop_auto_buy", "rev_stop")


def bpic(folder: Path) -> None:
    draw, at = random(), moments("2018-01-10").tz_localize("UTC")
    frame = pd.DataFrame({name: draw.integers(0, 3, N) for name in by_name("bpic2019_three_way_match").raw})
    words = ("company", "document_type", "spend_area", "spend_class", "sub_spend_area")
    frame[list(words)] = frame[list(words)].astype(str)
    label = np.where(draw.random(N) < 0.3, "payment_block_only", "clean")
    frame = frame.assign(
        case_id=[f"C{at}" for at in range(N)], purchasing_document=[f"P{at // 2}" for at in range(N)], item="1",
        vendor=draw.integers(0, 9, N).astype(str), vendor_name="v", item_type="Standard", source="s", inv_ts=at,
        first_ts=at - pd.Timedelta(days=9), last_ts=at + pd.Timedelta(days=20), exception_label=label,
    )  # fmt: skip
    frame.to_parquet(folder / "cases.parquet")


def returns(folder: Path) -> None:
    draw, at = random(), moments("2010-12-01")
    frame = pd.DataFrame({
        "InvoiceNo": [f"I{row // 2}" for row in range(N)], "StockCode": draw.integers(0, 20, N).astype(str),
        "Description": "RED MUG", "Quantity": draw.integers(1, 5, N), "InvoiceDate": at.repeat(2)[::2],
        "UnitPrice": 2.5, "CustomerID": pd.array(draw.integers(0, 30, N), dtype="Int32"), "Country": "Malta",
    })  # fmt: skip
    back = draw.random(N) < 0.2
    frame["InvoiceDate"] = frame.groupby("InvoiceNo")["InvoiceDate"].transform("first")
    frame = frame.assign(is_cancellation=False, is_returned=back)
    frame["return_ts"] = (frame["InvoiceDate"] + pd.Timedelta(days=9)).where(back)
    credit = frame[back].assign(is_cancellation=True, is_returned=False, Quantity=-1, return_ts=pd.NaT)
    credit["InvoiceNo"], credit["InvoiceDate"] = "C" + credit["InvoiceNo"], frame.loc[back, "return_ts"]
    pd.concat([frame, credit]).to_parquet(folder / "lines.parquet")


def tickets(folder: Path) -> None:
    draw, at = random(), moments("2016-03-01", 60)
    words = [
        name for name in by_name("servicenow_priority").raw if name not in ("knowledge", "u_priority_confirmation")
    ]
    frame = pd.DataFrame({name: draw.integers(0, 4, N).astype(str) for name in words}).astype("category")
    late = draw.random(N) < 0.4
    frame = frame.assign(
        number=[f"T{row}" for row in range(N)], opened_at=at, knowledge=True, u_priority_confirmation=False,
        impact="2", urgency="2", priority="3", final_made_sla=~late, final_closed_at=at + pd.Timedelta(days=3),
        final_priority=pd.Categorical(np.where(draw.random(N) < 0.3, "2 - High", "3 - Moderate")),
    )  # fmt: skip
    frame.to_parquet(folder / "incidents.parquet")


def work_orders(folder: Path) -> None:
    draw = random()
    system = np.array(["Engine", "Bucket", "Radiator"])[draw.integers(0, 3, N)]
    texts = {"Engine": "ENGINE OIL LEAK", "Bucket": "REPLACE BUCKETTEETH", "Radiator": "REPAIR RADIATR HOSE"}
    pd.DataFrame({
        "id": range(N), "BscStartDate": moments("2004-07-01", 900), "Asset": "A", "PMType": "PM01", "FuncLocation": "X",
        "OriginalShorttext": [texts[name] for name in system], "MajorSystem": np.where(draw.random(N) < 0.1, None,
        system),
    }).to_parquet(folder / "work_orders.parquet")  # fmt: skip


def stockouts(folder: Path) -> None:
    draw, days = random(), 30
    frame = pd.DataFrame({
        "store_id": np.repeat([1, 1, 2, 2], days), "product_id": np.repeat([5, 6, 5, 6], days),
        "dt": np.tile(pd.date_range("2024-04-01", periods=days), 4),
    })  # fmt: skip
    frame["stockout_mask"] = np.where(draw.random(len(frame)) < 0.4, 0b1111 << 18, 0).astype("int32")
    frame["stockout_hours_6_22"] = np.where(frame["stockout_mask"] > 0, 4, 0)
    rest = [name for name in by_name("freshretailnet_stockout").raw if name not in frame]
    frame.assign(**{name: draw.integers(0, 2, len(frame)) for name in rest}).to_parquet(folder / "daily.parquet")


TABLES = {
    "product_backorders": backorders, "bpic2019_three_way_match": bpic, "online_retail_returns": returns,
    "servicenow_incidents": tickets, "excavator_work_orders": work_orders, "freshretailnet_stockout": stockouts,
}  # fmt: skip


def by_name(name: str) -> RealSet:
    return next(real for real in REAL_SETS if real.name == name)


def made_up(data: Path, folder: str) -> Path:
    (data / folder).mkdir(parents=True)
    TABLES[folder](data / folder)
    return data / folder


@pytest.mark.parametrize("real", REAL_SETS, ids=lambda real: real.name)
def test_every_set_is_read_through_its_mapping(tmp_path: Path, real: RealSet) -> None:
    frame = real.prepare(made_up(tmp_path, real.folder))
    table = read_frame(frame, domain=domains("")[real.domain], real=real)
    assert len(table.dataset) == len(frame) and not table.left_out
    assert set(real.raw) <= set(frame) and (real.cluster is None or real.cluster in frame)
    assert np.isfinite(table.dataset.known_at).sum() > 50


@pytest.mark.parametrize(
    ("ours", "plain", "words"),
    [
        ((0.80, 0.75, 0.85), (0.70, 0.65, 0.75), "ours"),
        ((0.80, 0.70, 0.85), (0.70, 0.65, 0.75), "ours, within the brackets"),
        ((0.8004, 0.7, 0.9), (0.7996, 0.7, 0.9), "even"),
        ((0.70, 0.65, 0.85), (0.80, 0.70, 0.85), "**plain**, within the brackets"),
        ((0.70, 0.65, 0.75), (0.80, 0.71, 0.85), "**plain**"),
    ],
)
def test_the_page_marks_where_the_plain_learner_is_better(
    ours: tuple[float, float, float], plain: tuple[float, float, float], words: str
) -> None:
    assert _better(Measured(*ours), Measured(*plain)) == words


def test_a_run_compares_with_a_plain_learner_on_the_same_rows(tmp_path: Path) -> None:
    made_up(tmp_path, "excavator_work_orders")
    real = by_name("excavator_system")
    (result,) = run(real, tmp_path, domain=domains("")[real.domain], now=NOW)
    assert result.tested == pytest.approx(0.2 * result.learnt / 0.8, rel=0.2)
    accuracy = next(one for one in result.comparisons if one.metric == "accuracy")
    assert accuracy.ours.value == 1.0 and accuracy.reached
    assert accuracy.ours.low <= accuracy.ours.value <= accuracy.ours.high
    assert accuracy.base < 0.6


class TestPreparing:
    def test_tomorrow_is_only_a_label(self, tmp_path: Path) -> None:
        frame = prepare_stockout(made_up(tmp_path, "freshretailnet_stockout"))
        one = frame[frame["series"] == "1-5"]
        assert one["out_tomorrow"].tolist()[:-1] == (one["stockout_hours_6_22"] >= 4).tolist()[1:]
        assert pd.isna(one["out_tomorrow"].iloc[-1])
        assert (one["out_evening_hours"] == one["stockout_hours_6_22"]).all()

    def test_a_sale_without_its_sixty_days_is_not_settled(self, tmp_path: Path) -> None:
        frame = prepare_returns(made_up(tmp_path, "online_retail_returns"))
        late = frame["InvoiceDate"] > frame["InvoiceDate"].max() - pd.Timedelta(days=60)
        assert not frame.loc[late, "settled"].any() and frame.loc[~late & ~frame["is_cancellation"], "settled"].all()
        assert not frame.loc[frame["is_cancellation"], "settled"].any()

    def test_outcomes_of_a_ticket_are_not_mapped(self, tmp_path: Path) -> None:
        prepare_tickets(made_up(tmp_path, "servicenow_incidents"))
        for real in REAL_SETS:
            mapping = real.mapping(domains("")[real.domain])
            read = {name for one in (*mapping.payload.values(), *mapping.attributes.values()) for name in one.reads}
            assert not [name for name in read if name.startswith(("final_", "post_", "hours_to_", "n_"))]


class TestSplits:
    def test_hindsight_learns_from_labels_that_came_late_and_tests_the_same(self, tmp_path: Path) -> None:
        real = by_name("bpic2019_three_way_match")
        frame = real.prepare(made_up(tmp_path, real.folder))
        dataset = read_frame(frame, domain=domains("")[real.domain], real=real).dataset
        honest = split(dataset)
        after = with_hindsight(dataset, honest)
        assert after.test.tolist() == honest.test.tolist()
        assert len(after.train) > len(honest.train)
        assert dataset.groups is not None
        sides = [{dataset.groups[at] for at in part} for part in (after.train, after.calibration, after.test)]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])

    def test_folds_test_every_case_once(self, tmp_path: Path) -> None:
        real = by_name("product_backorders")
        frame = real.prepare(made_up(tmp_path, real.folder))
        parts = in_folds(read_frame(frame, domain=domains("")[real.domain], real=real).dataset, 5)
        assert sorted(np.concatenate([part.test for part in parts]).tolist()) == list(range(N))
        assert all(not set(part.test) & {*part.train, *part.calibration} for part in parts)


class TestScoring:
    def test_clusters_widen_the_interval(self) -> None:
        draw = random()
        group = np.repeat(np.arange(40), 25)
        truth = (np.repeat(draw.random(40), 25) < 0.5).astype(float)
        score = np.repeat(draw.random(40), 25) + truth * 0.3
        alone, together = (measure("AUC", truth, score, one, seed=1) for one in (None, group.tolist()))
        assert alone.value == together.value
        assert together.high - together.low > 2 * (alone.high - alone.low)

    def test_metrics_and_what_the_base_rate_reaches(self) -> None:
        truth = np.array([0.0, 0.0, 1.0, 2.0])
        assert compute("accuracy", truth, np.array([0.0, 1.0, 1.0, 2.0]), None) == 0.75
        assert compute("macro-F1", truth, truth, None) == 1.0
        assert guess("accuracy", truth) == 0.5
        assert guess("AP", np.array([0.0, 1.0])) == 0.5


class TestPage:
    def section(self, key: str, cell: str) -> Section:
        stamp = Stamp(at=NOW, commit="abc", seeds=(0, 1))
        return Section(key=key, title=key, stamp=stamp, text="Text.", header=("a",), rows=((cell,),), notes=("n",))

    def test_a_section_replaces_its_own_and_leaves_the_others(self, tmp_path: Path) -> None:
        page = tmp_path / "deep" / "quality.md"
        write_page(page, [self.section("real", "one"), self.section("simulated", "two")])
        write_page(page, [self.section("real", "a|b")])
        text = page.read_text()
        assert "| a\\|b |" in text and "| two |" in text and "| one |" not in text
        assert text.count("## real") == 1
        assert "2026-03-01 at commit abc, seeds 0, 1, with lightgbm" in text


class TestCommand:
    def test_absent_data_is_skipped_and_said(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(
            app, ["benchmark", "quality", "--data", str(tmp_path), "--only", "product_backorders", "--json"]
        )
        assert result.exit_code == 0
        assert "skipped" in result.stderr and "product_backorders" in result.stderr
        assert result.stdout.strip() == "[]"

    def test_an_unknown_name_is_answered_with_the_known(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(app, ["benchmark", "quality", "--data", str(tmp_path), "--only", "nothing"])
        assert result.exit_code == 1 and "excavator_system" in result.stderr
