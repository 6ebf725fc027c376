"""`triage policy lint|test|diff`: what they print, as JSON too, and when they fail."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import policies
from cli.main import app
from policies.document.errors import PolicyError
from tests.cli.outlet import VARIANT, examples_of

BUILT_IN = Path(policies.__file__).parent / "domains"
DOCUMENT = (BUILT_IN / "return_fraud.yaml").read_text(encoding="utf-8")


def run(*arguments: object):
    return CliRunner().invoke(app, ["policy", *map(str, arguments)])


@pytest.fixture
def changed(tmp_path: Path):
    """Write the built-in document with something replaced."""

    def write(was: str = "", is_now: str = "", name: str = "return_fraud.yaml") -> Path:
        assert was in DOCUMENT
        path = tmp_path / name
        path.write_text(DOCUMENT.replace(was, is_now, 1) if was else DOCUMENT, encoding="utf-8")
        return path

    return write


class TestLint:
    @pytest.mark.parametrize(
        "domain", ["invoice_discrepancy", "return_fraud", "maintenance_priority", "replenishment_risk"]
    )
    def test_the_built_in_documents_have_no_problems(self, domain: str) -> None:
        result = run("lint", domain)
        assert (result.exit_code, "no problems" in result.output) == (0, True)

    def test_a_warning_is_told_and_fails_only_when_strict(self, changed) -> None:
        path = changed("limits:\n", "limits:\n  forgotten: 1.0\n")
        result = run("lint", "return_fraud", path)
        assert result.exit_code == 0
        assert "return_fraud.yaml:" in result.output and "warning: no condition reads forgotten" in result.output
        assert "return_fraud.yaml: no errors, 1 warning" in result.output
        assert run("lint", "return_fraud", path, "--strict").exit_code == 1

    def test_an_error_fails(self, changed) -> None:
        path = changed("when: orc_linked", "when: orc_link")
        result = run("lint", "return_fraud", path)
        assert result.exit_code == 1
        assert "error: unknown name 'orc_link'; did you mean orc_linked?" in result.output

    def test_a_day_that_does_not_exist_is_told_with_its_line(self, changed) -> None:
        result = run("lint", "return_fraud", changed("limits:\n", "limits:\n  foo: 2026-02-30\n"))
        assert result.exit_code == 1
        assert (
            "return_fraud.yaml:10: error: '2026-02-30' is no date" in result.output and "(limits.foo," in result.output
        )

    def test_scripts_read_json(self, changed) -> None:
        result = run("lint", "return_fraud", changed("limits:\n", "limits:\n  forgotten: 1.0\n"), "--json")
        told = json.loads(result.output)
        to_mend = [finding["rule"] for finding in told["findings"] if finding["severity"] != "note"]
        assert (told["errors"], to_mend) == (0, ["name-not-used"])

    def test_the_labels_a_budget_needs_are_shown(self) -> None:
        result = run("lint", "invoice_discrepancy")
        assert "each segment (dear, rest) to certify 4.00% (margin x alpha) with 90% confidence" in result.output
        told = json.loads(run("lint", "invoice_discrepancy", "--json").output)["labels_needed"]
        assert list(told) == ["0.25", "0.5", "0.7", "0.85"]
        assert f"{told['0.5']:,} where truly at 50% of it" in result.output

    def test_a_document_that_does_not_load_needs_none(self, changed) -> None:
        assert (
            json.loads(run("lint", "return_fraud", changed("alpha: 0.02", "alpha: 2"), "--json").output)[
                "labels_needed"
            ]
            == {}
        )

    def test_a_variant_is_checked_with_what_it_extends(self, tmp_path: Path) -> None:
        path = tmp_path / "outlet.yaml"
        path.write_text(VARIANT)
        assert run("lint", "return_fraud", path).exit_code == 0
        path.write_text(VARIANT.replace("0.04", "0.08"))
        result = run("lint", "return_fraud", path)
        assert result.exit_code == 1 and "0.08 loosens the parent's 0.06" in result.output

    def test_another_variant_for_the_same_cases_is_an_error(self, tmp_path: Path) -> None:
        paths = [tmp_path / f"{name}.yaml" for name in ("outlet", "clearance")]
        for path in paths:
            path.write_text(VARIANT.replace("variant: outlet", f"variant: {path.stem}"))
        result = run("lint", "return_fraud", paths[0], "--beside", paths[1])
        assert result.exit_code == 1 and "variants clearance and outlet fit the same cases" in result.output
        paths[1].write_text(paths[1].read_text().replace("[OUTLET]", "[CITY]"))
        assert run("lint", "return_fraud", paths[0], "--beside", paths[1]).exit_code == 0


class TestTest:
    def test_the_built_in_examples_hold(self) -> None:
        result = run("test", "maintenance_priority")
        count = examples_of("maintenance_priority")
        assert (result.exit_code, f"{count} of {count} examples hold, version " in result.output) == (0, True)

    def test_a_changed_policy_fails_the_examples_it_breaks(self, changed) -> None:
        result = run("test", "return_fraud", changed("manager_limit: 200.0", "manager_limit: 150.0"))
        assert result.exit_code == 1
        assert "a cent below the manager limit: disposition: expected auto, got review" in result.output
        told = json.loads(
            run("test", "return_fraud", changed("manager_limit: 200.0", "manager_limit: 250.0"), "--json").output
        )
        assert told["tried"] == examples_of("return_fraud") and "C-RET-5a: at the manager limit" in [
            example["name"] for example in told["missed"]
        ]

    def test_examples_beside_the_document_come_before_the_built_in_ones(self, changed, tmp_path: Path) -> None:
        own = (BUILT_IN / "return_fraud.examples.yaml").read_text(encoding="utf-8")
        start = own.index("  - name:", own.index("  - name:") + 1)
        (tmp_path / "return_fraud.examples.yaml").write_text(own[:start], encoding="utf-8")
        result = run("test", "return_fraud", changed())
        assert result.exit_code == 0 and "1 of 1 examples hold" in result.output
        assert "no example makes fire: C-RET-1," in result.output
        named = run("test", "return_fraud", changed(), "--examples", BUILT_IN / "return_fraud.examples.yaml")
        assert f"{examples_of('return_fraud')} of" in named.output


class TestDiff:
    def test_nothing_changed(self, changed) -> None:
        result = run("diff", "return_fraud", changed())
        assert (result.exit_code, result.output.strip()) == (0, "no difference")

    def test_what_is_looser_is_said_and_can_fail(self, changed) -> None:
        new = changed("confirm_at_risk: 0.06", "confirm_at_risk: 0.08", name="new.yaml")
        result = run("diff", "return_fraud", new)
        assert result.exit_code == 0 and "looser" in result.output
        assert "thresholds.confirm_at_risk: 0.06 → 0.08" in result.output
        assert run("diff", "return_fraud", new, "--fail-if-looser").exit_code == 1
        tighter = run("diff", "return_fraud", new, changed(), "--fail-if-looser", "--json")
        told = json.loads(tighter.output)
        assert (tighter.exit_code, told["looser"], told["changes"][0]["direction"]) == (0, 0, "tighter")

    def test_a_document_that_does_not_load_is_an_error(self, changed) -> None:
        result = run("diff", "return_fraud", changed("when: orc_linked", "when: orc_link"))
        assert result.exit_code == 1 and isinstance(result.exception, PolicyError)
