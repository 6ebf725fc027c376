"""Runs on simulated retailers are kept beside the page, and its tables are written from all that are kept."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from lab.benchmarks.ablation import EVERYTHING, Ablation
from lab.benchmarks.limit import LimitResult
from lab.benchmarks.limit_page import ablation_section, limit_section
from lab.benchmarks.limit_runs import LimitRun, keep_run, kept_runs, runs_file, stamp_of
from lab.benchmarks.report import Stamp
from training.tables.table_error import TableError

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
RESULT = LimitResult(
    domain="return_fraud",
    rows=800,
    seed=101,
    wrong_rate=0.09,
    bayes_auc=0.92,
    model_auc=0.9,
    risk_share=0.8,
    cause_share=0.85,
    plain_share=0.6,
    calibration_error=0.004,
    captured=0.97,
)
RUN = LimitRun(at=AT, commit="abc", libraries=("lightgbm 4.7.0",), result=RESULT)
STEPS = (
    Ablation(kinds="own", columns=25, risk_share=0.5),
    Ablation(kinds=EVERYTHING, columns=90, risk_share=0.8),
)


def stamped(commit: str = "abc") -> Stamp:
    return Stamp(at=AT, commit=commit, seeds=(101,), libraries=("lightgbm 4.7.0",))


class TestKept:
    def test_a_run_is_read_as_it_was_kept(self, tmp_path: Path) -> None:
        file = runs_file(tmp_path / "docs" / "quality.md")
        keep_run(file, replace(RESULT, noise_free_share=0.9, ablation=STEPS), stamped())
        assert kept_runs(file, "return_fraud") == [
            replace(RUN, result=replace(RESULT, noise_free_share=0.9, ablation=STEPS))
        ]

    def test_the_last_of_a_size_and_seed_stands_and_every_line_stays(self, tmp_path: Path) -> None:
        file = tmp_path / "quality.runs.jsonl"
        keep_run(file, replace(RESULT, seed=102), stamped())
        keep_run(file, RESULT, stamped())
        keep_run(file, replace(RESULT, domain="invoice_discrepancy", risk_share=0.1), stamped())
        keep_run(file, replace(RESULT, risk_share=0.7), stamped("def"))
        kept = kept_runs(file, "return_fraud")
        assert [(run.result.seed, run.result.risk_share, run.commit) for run in kept] == [
            (101, 0.7, "def"),
            (102, 0.8, "abc"),
        ]
        assert len(file.read_text().splitlines()) == 4

    def test_none_are_kept_where_there_is_no_file(self, tmp_path: Path) -> None:
        assert kept_runs(tmp_path / "quality.runs.jsonl", "return_fraud") == []

    def test_a_line_that_is_no_run_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "quality.runs.jsonl"
        keep_run(file, RESULT, stamped())
        file.write_text(file.read_text() + '{"at": "yesterday"}\n')
        with pytest.raises(TableError, match=r"quality\.runs\.jsonl, line 2 is no run: .*; take that line out"):
            kept_runs(file, "return_fraud")

    def test_a_run_after_a_write_that_was_cut_short_has_its_own_line(self, tmp_path: Path) -> None:
        file = tmp_path / "quality.runs.jsonl"
        keep_run(file, RESULT, stamped())
        file.write_text(file.read_text() + '\n{"at": "20')
        keep_run(file, replace(RESULT, seed=102), stamped())
        with pytest.raises(TableError, match="line 3 is no run"):
            kept_runs(file, "return_fraud")
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for number, line in enumerate(lines, start=1) if number != 3))
        assert [run.result.seed for run in kept_runs(file, "return_fraud")] == [101, 102]


class TestPage:
    def test_each_run_has_a_row_and_each_size_a_mean(self) -> None:
        runs = [
            RUN,
            replace(RUN, result=replace(RESULT, seed=102, risk_share=0.9)),
            replace(RUN, result=replace(RESULT, rows=2000)),
        ]
        section = limit_section(runs)
        at = section.header.index("share of Bayes gain, risk")
        assert [(*row[:2], row[at]) for row in section.rows] == [
            ("800", "101", "0.8000"),
            ("800", "102", "0.9000"),
            ("800", "**mean of 2**", "**0.8500**"),
            ("2,000", "101", "0.8000"),
        ]
        assert all(len(row) == len(section.header) for row in section.rows)

    def test_what_was_not_measured_has_no_column(self) -> None:
        measured = replace(RUN, result=replace(RESULT, noise_free_share=0.9, noise_free_calibration_error=0.002))
        whole, less = limit_section([measured]), limit_section([RUN])
        assert [title for title in whole.header if title not in less.header] == [
            "learnt without label noise, risk",
            "learnt without label noise, calibration error",
        ]
        assert all(cell for row in less.rows for cell in row)

    def test_what_only_some_seeds_have_has_no_mean(self) -> None:
        runs = [
            replace(RUN, result=replace(RESULT, noise_free_share=0.9)),
            replace(RUN, result=replace(RESULT, seed=102)),
        ]
        section = limit_section(runs)
        at = section.header.index("learnt without label noise, risk")
        assert [row[at] for row in section.rows] == ["0.9000", "", ""]

    def test_runs_of_different_code_say_which(self) -> None:
        runs = [RUN, replace(RUN, commit="def", result=replace(RESULT, seed=102))]
        section = limit_section(runs)
        assert section.header[-1] == "commit" and [row[-1] for row in section.rows] == ["abc", "def", ""]
        assert "at commit abc, def, seeds 101, 102, with lightgbm 4.7.0." in str(stamp_of(runs))

    def test_what_a_kind_of_knowledge_adds_is_told_from_the_whole(self) -> None:
        section = ablation_section(replace(RUN, result=replace(RESULT, ablation=STEPS)))
        assert section.rows == (("own", "25", "0.5000", "0.3000"), (EVERYTHING, "90", "0.8000", "0.0000"))


class TestCommand:
    def test_resumed_it_writes_the_page_from_what_was_measured(self, tmp_path: Path) -> None:
        page = tmp_path / "quality.md"
        for seed in (101, 102):
            keep_run(runs_file(page), replace(RESULT, seed=seed), stamped())
        call = ["benchmark", "quality", "--only", "return_fraud", "--rows", "800", "--seeds", "2", "--resume"]
        result = CliRunner().invoke(app, [*call, "--out", str(page)])
        assert result.exit_code == 0, result.stderr
        assert "| 800 | **mean of 2** |" in page.read_text()
        assert len(runs_file(page).read_text().splitlines()) == 2

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--only", "return_fraud", "--out", "{folder}"], "is a folder; name a file in it"),
            (["--only", "return_fraud", "--out", "{folder}/file/page.md"], "cannot be written"),
            (["--only", "return_fraud", "--out", "{folder}/bad.md"], "line 1 is no run"),
            (["--only", "return_fraud", "--resume"], "name the page with --out"),
            (["--only", "return_fraud", "--rows", "499"], "greater than or equal to 500"),
            (["--only", "product_backorders"], "add --data FOLDER"),
        ],
    )
    def test_what_would_fail_after_the_measuring_fails_before_it(
        self, tmp_path: Path, options: list[str], said: str
    ) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "bad.runs.jsonl").write_text('{"at": "yesterday"}\n')
        call = [option.replace("{folder}", str(tmp_path)) for option in options]
        result = CliRunner().invoke(app, ["benchmark", "quality", *call])
        assert result.exit_code != 0 and said in result.stderr

    @pytest.mark.parametrize(
        ("result", "noise_free", "ablation", "answers"),
        [
            (RESULT, False, False, True),
            (RESULT, True, False, False),
            (RESULT, False, True, False),
            (replace(RESULT, noise_free_share=0.9), True, False, True),
            (replace(RESULT, ablation=STEPS), False, True, True),
        ],
    )
    def test_a_run_without_what_is_asked_for_is_measured_again(
        self, result: LimitResult, noise_free: bool, ablation: bool, answers: bool
    ) -> None:
        assert result.answers(noise_free=noise_free, ablation=ablation) is answers
