"""The knobs that every simulated retailer has, turned in each domain."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from lab.simulated import draw, traps_of, write
from lab.simulators import simulated_domains
from lab.simulators.retailer import ANALYSTS, Knobs
from lab.simulators.selftest import self_test, worst
from training.tables.reader import read_table
from triage.domain import Domain

DOMAINS = [pytest.param(domain, id=name) for name, domain in simulated_domains().items()]
KNOBS = Knobs(rows=3_000, seed=3)
WINDOW_BEGINS = KNOBS.end_at - timedelta(days=KNOBS.days)


@pytest.mark.parametrize("domain", DOMAINS)
class TestEveryDomain:
    def test_a_new_type_appears_on_its_day_and_not_before(self, domain: Domain) -> None:
        day = datetime(2026, 1, 15, tzinfo=UTC)
        late, never = (
            draw(domain, Knobs(rows=6_000, seed=3, drift="new_type", new_type_at=at))
            for at in (day, KNOBS.end_at - timedelta(hours=1))
        )
        counts = late.truth["cause"].value_counts().subtract(never.truth["cause"].value_counts(), fill_value=0)
        newcomer = counts.idxmax()
        first = late.cases["as_of"][(late.truth["cause"] == newcomer).to_numpy()].min()
        assert first.to_pydatetime() >= day

    def test_where_two_people_make_most_errors_the_posterior_knows_it(self, domain: Domain) -> None:
        drawn = draw(domain, Knobs(rows=6_000, seed=3, label_noise=0.09, analysts="few"))
        missed = (drawn.truth["cause"] != drawn.outcomes["cause"]).to_numpy()
        by = drawn.outcomes["recorded_by"]
        rates = [missed[(by == f"analyst-{number:02d}").to_numpy()].mean() for number in range(ANALYSTS)]
        assert min(rates[:2]) > 5 * np.mean(rates[2:])
        assert abs(worst(self_test(drawn)).z) < 4.5

    def test_an_unknown_trap_is_refused_by_naming_the_known(self, domain: Domain) -> None:
        known = ", ".join(traps_of(domain))
        with pytest.raises(ValueError, match=f"unknown trap 'crystal_ball'; {domain.name} has {known}"):
            draw(domain, Knobs(rows=100, seed=1, trap="crystal_ball"))


class TestLabelNoise:
    @pytest.mark.parametrize(
        ("analysts", "largest", "too_much"), [("even", 0.5, 0.51), ("mixed", 0.25, 0.3), ("few", 0.0925, 0.1)]
    )
    def test_more_than_such_analysts_can_make_is_refused_by_naming_the_most(
        self, analysts: Any, largest: float, too_much: float
    ) -> None:
        assert Knobs(rows=100, seed=1, analysts=analysts, label_noise=largest).label_noise == largest
        with pytest.raises(ValueError, match=rf"label_noise {too_much} .* analysts {analysts}.*; give 0 to {largest}"):
            Knobs(rows=100, seed=1, analysts=analysts, label_noise=too_much)

    def test_it_is_a_chance(self) -> None:
        with pytest.raises(ValueError, match=r"label_noise -0.1 .* give 0 to 0.5"):
            Knobs(rows=100, seed=1, label_noise=-0.1)


class TestEndAt:
    @pytest.mark.parametrize("year", [1, 1960, 1990, 2199, 2500, 9999])
    def test_a_window_that_no_table_may_hold_is_refused_by_naming_the_bounds(self, year: int) -> None:
        said = rf"end_at {year:04d}-12-30 does not lie between 1991-07-10 and 2196-12-28: .*1970-01-01 to 2199-12-31"
        with pytest.raises(ValueError, match=said):
            Knobs(rows=100, seed=1, end_at=datetime(year, 12, 30, tzinfo=UTC))

    def test_longer_windows_and_delays_leave_less_room(self) -> None:
        with pytest.raises(ValueError, match=r"between 2000-01-14 and .* 3,650 days of the window"):
            Knobs(rows=100, seed=1, days=3650, end_at=datetime(1999, 1, 1, tzinfo=UTC))
        with pytest.raises(ValueError, match=r"and 2133-05-10: .*label_delay_days 365"):
            Knobs(rows=100, seed=1, label_delay_days=365, end_at=datetime(2140, 1, 1, tzinfo=UTC))

    @pytest.mark.parametrize(("name", "value", "most"), [
        ("days", 0, "36,500"), ("days", 36_501, "36,500"), ("label_delay_days", 0.0, "1,000"), ("label_delay_days", 1e9,
        "1,000"),
    ])  # fmt: skip
    def test_spans_that_no_calendar_holds_are_refused(self, name: str, value: float, most: str) -> None:
        knobs: dict[str, Any] = {"rows": 100, "seed": 1, name: value}
        with pytest.raises(
            ValueError, match=rf"{name} .* lies beyond what can be drawn; give more than 0 and at most {most}"
        ):
            Knobs(**knobs)

    @pytest.mark.parametrize("domain", DOMAINS)
    @pytest.mark.parametrize("end_at", [datetime(1991, 7, 10, tzinfo=UTC), datetime(2196, 12, 28, tzinfo=UTC)])
    def test_what_lies_between_can_be_read(self, tmp_path: Path, domain: Domain, end_at: datetime) -> None:
        knobs = Knobs(rows=400, seed=1, end_at=end_at)
        write(draw(domain, knobs), tmp_path, knobs=knobs)
        table = read_table(tmp_path / "cases.parquet", domain=domain, outcomes=tmp_path / "outcomes.parquet")
        assert len(table.dataset) == 400


class TestNewTypeAt:
    @pytest.mark.parametrize("at", [WINDOW_BEGINS - timedelta(seconds=1), KNOBS.end_at])
    def test_it_lies_in_the_window(self, at: datetime) -> None:
        with pytest.raises(ValueError, match="does not lie in the window from 2025-01-06 to 2026-06-30"):
            Knobs(rows=100, seed=1, drift="new_type", new_type_at=at)

    def test_it_says_nothing_without_the_drift(self) -> None:
        with pytest.raises(ValueError, match="set drift to new_type"):
            Knobs(rows=100, seed=1, new_type_at=datetime(2026, 1, 1, tzinfo=UTC))


class TestCommand:
    def run(self, *options: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["simulate", "return_fraud", "--rows", "300", "--json", *options])
        return result.exit_code, result.stdout, result.stderr

    def test_numbers_are_numbers(self, tmp_path) -> None:
        code, out, _ = self.run(
            "--out", str(tmp_path), "--seed", str(2**63 - 1), "--days", "90", "--end-at", "2026-01-31"
        )
        assert code == 0 and '"cases": 300' in out and '_errors": "' not in out

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--seed", str(2**63)], "less than or equal to"),
            (["--drift", "new_type", "--new-type-at", "2020-01-01"], "does not lie in the window"),
            (["--new-type-at", "2026-01-01"], "set drift to new_type"),
            (["--analysts", "few", "--label-noise", "0.2"], "label_noise 0.2 does not go with analysts few"),
            (["--end-at", "2500-01-01"], "end_at 2500-01-01 does not lie between"),
            (["--trap", "bear"], "return_fraud has closure_code, refund_adjusted"),
        ],
    )
    def test_what_cannot_be_drawn_is_refused(self, tmp_path, options: list[str], said: str) -> None:
        code, _, err = self.run("--out", str(tmp_path / "out"), *options)
        assert code != 0 and said in err
        assert not (tmp_path / "out").exists()

    def test_a_file_in_place_of_the_folder_is_named(self, tmp_path) -> None:
        (tmp_path / "file").touch()
        code, _, err = self.run("--out", str(tmp_path / "file"))
        assert code == 1 and "name a folder" in err
