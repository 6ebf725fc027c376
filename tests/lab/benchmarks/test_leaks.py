"""The measurement of the leak checks: what it draws, what it finds, and that a miss is said aloud."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app
from lab.benchmarks.leaks import CLEAN, LeakResult, Retailer, measure_leak, planted_fields, retailers
from lab.benchmarks.leaks_page import leaks_section, summed_up
from lab.benchmarks.report import Stamp
from triage.clock import utc_now
from triage.domains import domains

PASSED = LeakResult(
    domain="return_fraud", trap=CLEAN, rows=1000, seed=101, with_text=False, refused_by=None, ahead=-4.0, learns=1.0,
    strength=0.1
)  # fmt: skip
CAUGHT = replace(PASSED, trap="closure_code", with_text=True, refused_by="Bayes", ahead=5.0, learns=8.0, strength=2.0)


class TestRetailers:
    def test_texts_are_read_where_a_leak_hides_in_them_and_in_clean_ones_to_compare(self) -> None:
        drawn = retailers(domains()["return_fraud"], seeds=(1, 2), trap_seeds=(1,), all_texts=False)
        assert [(retailer.trap, retailer.seed, retailer.with_text) for retailer in drawn] == [
            (CLEAN, 1, False),
            (CLEAN, 2, False),
            (CLEAN, 1, True),
            ("closure_code", 1, True),
            ("refund_adjusted", 1, False),
        ]

    def test_a_trap_shows_in_the_fields_it_changes_only(self) -> None:
        assert planted_fields(domains()["replenishment_risk"], "late_count") == ("on_hand",)


class TestMeasureLeak:
    def test_what_lies_after_as_of_is_refused_before_anything_is_learnt(self, tmp_path: Path) -> None:
        retailer = Retailer(trap="dispatch_time", seed=1, with_text=False)
        domain = domains()["maintenance_priority"]
        found = measure_leak(domain, retailer, rows=1000, encoder=None, cache_folder=tmp_path)
        assert (found.refused_by, found.strength) == ("lineage", None)

    def test_the_command_tells_planted_from_clean(self, tmp_path: Path) -> None:
        words = ["--only", "replenishment_risk", "--rows", "1500", "--seeds", "1", "--trap-seeds", "1", "--json"]
        result = CliRunner().invoke(app, ["benchmark", "leaks", *words], env={"TRIAGE_HOME": str(tmp_path)})
        found = {row["trap"]: row for row in orjson.loads(result.stdout)}
        clean, planted = found[CLEAN], found["post_event_sales"]
        assert clean["refused_by"] is None and clean["strength"] < 1.0
        assert planted["refused_by"] == "Bayes" and planted["strength"] > 1.0
        missed = found["late_count"]["refused_by"] is None
        assert result.exit_code == (1 if missed else 0)

    def test_an_unknown_domain_is_named(self) -> None:
        result = CliRunner().invoke(app, ["benchmark", "leaks", "--only", "nothing"])
        assert result.exit_code == 1 and "unknown name nothing" in result.output


class TestPage:
    def test_the_nearest_miss_of_either_kind_is_shown(self) -> None:
        rows = summed_up(
            [
                PASSED,
                replace(PASSED, seed=102, ahead=-2.5, strength=0.4),
                CAUGHT,
                replace(CAUGHT, ahead=3.5, strength=1.2),
            ]
        )
        assert [(row.retailers, row.refused, row.ahead, row.strength) for row in rows] == [
            (2, 0, -2.5, 0.4),
            (2, 2, 3.5, 1.2),
        ]
        assert all(row.is_as_it_should_be for row in rows)

    @pytest.mark.parametrize(
        ("result", "said"),
        [
            (replace(PASSED, refused_by="Bayes", strength=1.1), "return_fraud: a false alarm."),
            (replace(CAUGHT, refused_by=None, strength=0.9), "return_fraud: a leak was missed."),
        ],
    )
    def test_a_wrong_answer_is_said_below_the_table(self, result: LeakResult, said: str) -> None:
        fields = {("return_fraud", "closure_code"): ("reason_text",)}
        section = leaks_section([result], fields, Stamp(at=utc_now(), commit="abc", seeds=(101,)))
        assert section.notes == (said,)
        assert all(len(row) == len(section.header) for row in section.rows)
