"""A table scored in one go: the same decisions as one by one, one row out per row in, in the order of the file."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from toy_domain import DOMAIN

from features.recipe import Matrix
from models.score import Score
from policies.judging.certificate import Certificate, CertifiedSegment
from policies.judging.policy import Policy, load_policy
from policies.judging.variants import load_variant
from tests.training.rates import Rates
from training.batch import score_table
from training.tables.mapping import read_mapping
from training.tables.reader import read_table
from training.tables.table_error import TableError
from triage.in_force import InForce

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MAPPING = """\
domain: price_override
exception_id: id
as_of: at
currency: waers
payload: {receipt_id: id, listed_price: listed, charged_price: charged, cashier_id: cashier, markdown_share: share}
attributes:
  region: {column: region, kind: category}
labels: {wrong: bad, known_at: {days_after_as_of: 10}}
"""
HEADER = "id,at,waers,listed,charged,cashier,share,region"
ROWS = [
    "R3,2026-03-20T10:00:00Z,USD,100,10,C1,1,south",
    "R1,2026-03-01T10:00:00Z,USD,100,99,C1,odd,north",
    "R4,2026-03-21T10:00:00Z,EUR,100,99,C2,1,north",
    "R2,2026-03-02T10:00:00Z,USD,900,100,C1,1,",
]


@pytest.fixture
def policy() -> Policy:
    text = DOMAIN.policy_file.read_text(encoding="utf-8")
    recipe = Rates.recipe
    return load_policy(text, name="price_override.yaml", recipe=recipe, causes=tuple(DOMAIN.heads.labels))


def score(
    folder: Path, policy: Policy, *, scorer: Any = None, output: str = "out.parquet", mapping: str = MAPPING,
    header: str = HEADER, rows: Sequence[str] = ROWS, certificate: Certificate | None = None,
    variants: Sequence[Policy] = (),
) -> pd.DataFrame:  # fmt: skip
    (folder / "in.csv").write_text("\n".join([header, *rows]) + "\n")
    table = read_table(
        folder / "in.csv",
        domain=DOMAIN,
        mapping=read_mapping(mapping, name="map.yaml", domain=DOMAIN),
        attributes=scorer.attributes if scorer else (),
        labelled=False,
        reporting=policy.document.currency,
        keep_payloads=True,
    )
    score_table(
        table, domain=DOMAIN, scorer=scorer, policies=InForce({DOMAIN.name: policy}, variants={DOMAIN.name: variants}),
        certificates={None: certificate} if certificate else {}, output=folder / output, now=NOW,
    )  # fmt: skip
    read = {"parquet": pd.read_parquet, "csv": pd.read_csv, "xlsx": partial(pd.read_excel, engine="calamine")}[
        output.rpartition(".")[2]
    ]
    return read(folder / output)


class TestScoreTable:
    def test_answers_every_row_in_the_order_of_the_file(self, tmp_path: Path, policy: Policy) -> None:
        out = score(tmp_path, policy, scorer=Rates())
        assert out["exception_id"].tolist() == ["R3", "R1", "R4", "R2"]
        assert out["disposition"].tolist() == ["escalate", "auto", "review", "escalate"]
        assert out["risk"].round(3).tolist() == [0.9, 0.01, 0.01, 0.889]
        assert out["expected_loss"].round(2).tolist() == [45.0, 0.5, 0.5, 44.44]
        assert out["p_sweethearting"].tolist() == [0.7] * 4
        assert out["model_version"].tolist() == ["price_override/7"] * 4

    @pytest.mark.parametrize(
        ("model_version", "expected"), [("price_override/7", "auto"), ("price_override/6", "review")]
    )
    def test_under_a_budget_only_a_certificate_for_the_very_model_lets_pass(
        self, tmp_path: Path, model_version: str, expected: str
    ) -> None:
        text = DOMAIN.policy_file.read_text(encoding="utf-8") + "\nerror_budget: {alpha: 0.05}\n"
        budgeted = load_policy(text, name="own.yaml", recipe=Rates.recipe, causes=tuple(DOMAIN.heads.labels))
        proven = CertifiedSegment(segment="all", threshold=0.5, labels=900, errors=1, bound=0.01, passed=0.9)
        certificate = Certificate(
            certificate_id="c-1", domain=DOMAIN.name, variant=None, policy_version=budgeted.version,
            model_version=model_version,
            of="risk", alpha=0.05, delta=0.1, margin=0.8, certified_at=NOW, lapses_at=NOW + timedelta(days=1),
            segments={"all": proven}, evidence={},
        )  # fmt: skip
        out = score(tmp_path, budgeted, scorer=Rates(), certificate=certificate)
        assert out["disposition"].tolist() == ["escalate", expected, "review", "escalate"]

    def test_history_is_the_files_own_in_order_of_time(self, tmp_path: Path, policy: Policy) -> None:
        reasons = score(tmp_path, policy, scorer=Rates())["reasons"].tolist()
        seen = [text.split("seen ")[1][0] for text in reasons]
        assert seen == ["2", "0", "0", "1"]

    def test_labels_of_the_file_count_once_they_are_known(self, tmp_path: Path, policy: Policy) -> None:
        rows = [row + "," + bad for row, bad in zip(ROWS, ["no", "yes", "no", "yes"], strict=True)]
        reasons = score(tmp_path, policy, scorer=Rates(), header=HEADER + ",bad", rows=rows)["reasons"].tolist()
        assert "wrong 0.357" in reasons[0]  # both labels of March 1 and 2 are known on March 20: (2 + 0.5) / (2 + 5)
        assert "wrong 0.100" in reasons[3]  # and none on March 2

    def test_a_category_the_model_never_saw_is_missing_to_it(self, tmp_path: Path, policy: Policy) -> None:
        reasons = score(tmp_path, policy, scorer=Rates())["reasons"].tolist()
        assert "region 1" in reasons[0] and "region nan" in reasons[3]

    def test_what_was_left_out_is_a_reason(self, tmp_path: Path, policy: Policy) -> None:
        assert (
            "markdown_share was left out: column \"share\" (markdown_share), row 2: 'odd' is not a number"
            in score(tmp_path, policy)["reasons"][1]
        )

    def test_money_in_another_currency_without_a_rate_goes_to_a_person(self, tmp_path: Path, policy: Policy) -> None:
        assert "Amounts are in EUR" in score(tmp_path, policy, scorer=Rates())["reasons"][2]
        converted = score(tmp_path, policy, scorer=Rates(), mapping=MAPPING + "fx_rate: {constant: 1.1}\n")
        assert converted["disposition"][2] == "auto"

    def test_what_could_not_be_read_and_a_control_goes_by_needs_a_person(self, tmp_path: Path, policy: Policy) -> None:
        """As the service holds such a case: missing is not the same as unreadable."""
        guarded = MAPPING.replace("markdown_share: share", "pieces: share")
        out = score(tmp_path, policy, scorer=Rates(), mapping=guarded)
        assert out["disposition"].tolist() == ["escalate", "review", "review", "escalate"]
        assert "payload.pieces could not be read, and a rule depends on it; a person decides." in out["reasons"][1]

    @pytest.mark.parametrize(("currency", "rate", "expected"), [
        ("USD", "1", "auto"), ("USD", "1.1", "review"), ("", "1.1", "review"), ("EUR", "1", "auto"), ("EUR", "1.1",
        "auto"),
    ])  # fmt: skip
    def test_a_rate_for_the_reporting_currency_is_not_applied(
        self, tmp_path: Path, policy: Policy, currency: str, rate: str, expected: str
    ) -> None:
        rows = [f"R1,2026-03-01T10:00:00Z,{currency},400,399,C1,1,north,{rate}"]
        mapping, header = MAPPING + "fx_rate: rate\n", HEADER + ",rate"
        out = score(tmp_path, policy, scorer=Rates(), mapping=mapping, header=header, rows=rows)
        assert out["disposition"].tolist() == [expected]
        assert ("it was not applied" in out["reasons"][0]) == (expected == "review")

    def test_a_rate_that_is_not_applied_reaches_no_history_either(self, tmp_path: Path) -> None:
        rows = [
            "R1,2026-03-01T10:00:00Z,USD,400,399,C1,1,north,100",
            "R2,2026-03-02T10:00:00Z,EUR,400,399,C1,1,north,2",
        ]
        (tmp_path / "in.csv").write_text("\n".join([HEADER + ",rate", *rows]) + "\n")
        mapping = read_mapping(MAPPING + "fx_rate: rate\n", name="map.yaml", domain=DOMAIN)
        table = read_table(
            tmp_path / "in.csv", domain=DOMAIN, mapping=mapping, attributes=(), labelled=False, reporting="USD"
        )
        assert table.dataset.columns["listed_price"].tolist() == [400.0, 800.0]
        assert table.notes[0].startswith("1 rows give an fx_rate for money in the reporting currency, or in none named")

    @pytest.mark.parametrize("minutes", [0, 5, 6])
    def test_a_case_of_the_future_is_judged_now(self, tmp_path: Path, policy: Policy, minutes: int) -> None:
        at = NOW + timedelta(minutes=minutes)
        out = score(tmp_path, policy, scorer=Rates(), rows=[f"R1,{at.isoformat()},USD,400,399,C1,1,north"])
        assert out["as_of"][0] == NOW
        assert ("lies in the future; the arrival time was used" in out["reasons"][0]) == (minutes > 5)

    def test_a_case_is_decided_by_the_variant_it_fits(self, tmp_path: Path, policy: Policy) -> None:
        text = (
            'domain: price_override\nvariant: south\nversion: "1.0.0-south"\nextends: "1.0.0"\n'
            "applies_to: {regions: [south]}\nthresholds: {confirm_at_risk: 0.005}\n"
        )
        south = load_variant(text, name="south.yaml", parent=policy)
        rows = [
            f"R{at},2026-03-0{at}T10:00:00Z,USD,400,396,C1,1,{name}"
            for at, name in ((1, "south"), (2, "north"), (3, ""))
        ]
        out = score(tmp_path, policy, scorer=Rates(), mapping=MAPPING + "region: region\n", rows=rows, variants=[south])
        assert out["policy_version"].tolist() == ["1.0.0-south", "1.0.0", "1.0.0"]
        assert out["disposition"].tolist() == ["confirm", "auto", "auto"]

    def test_a_control_fires_and_names_its_queue(self, tmp_path: Path, policy: Policy) -> None:
        out = score(tmp_path, policy, scorer=Rates())
        assert (out["controls"][3], out["queue"][3]) == ("C-PRO-1", "OVERRIDE_LP")
        assert out["sla_due_at"][3] == pd.Timestamp("2026-05-01 04:00", tz="UTC")

    def test_without_a_model_the_fallback_rules_decide_and_say_so(self, tmp_path: Path, policy: Policy) -> None:
        out = score(tmp_path, policy)
        assert out["fallback"].tolist() == ["no model was given"] * 4
        assert out["risk"].isna().all()
        assert out["disposition"].tolist() == ["review", "auto", "review", "escalate"]

    @pytest.mark.parametrize("output", ["out.csv", "out.parquet", "out.xlsx"])
    def test_cases_the_model_failed_on_stand_beside_the_others(
        self, tmp_path: Path, policy: Policy, output: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Fails(Rates):
            def score(self, rows: Matrix, texts: Sequence[str]) -> list[Score]:
                if float(rows[0, 0]) == 0.9:  # the later chunk, whose case stands first in the file
                    raise RuntimeError("out of memory")
                return super().score(rows, texts)

        monkeypatch.setattr("training.batch.CHUNK_ROWS", 2)
        out = score(tmp_path, policy, scorer=Fails(), output=output)
        assert out["p_sweethearting"].isna().tolist() == [True, False, True, False]
        assert out["fallback"].notna().tolist() == [True, False, True, False]

    def test_csv_holds_the_same_as_parquet(self, tmp_path: Path, policy: Policy) -> None:
        parquet = score(tmp_path, policy, scorer=Rates())
        csv = score(tmp_path, policy, scorer=Rates(), output="out.csv")
        assert csv.columns.tolist() == parquet.columns.tolist()
        assert csv["risk"].tolist() == parquet["risk"].tolist()
        assert csv["as_of"][0] == "2026-03-20T10:00:00+00:00"

    def test_an_unknown_ending_is_refused_before_the_work(self, tmp_path: Path, policy: Policy) -> None:
        with pytest.raises(TableError, match=r"out\.xls: cannot tell what to write"):
            score(tmp_path, policy, output="out.xls")
        assert not list(tmp_path.glob("out*"))
