"""What docs/policy.md shows must load and do what it says."""

import re
from pathlib import Path

from policies.checking.examples import try_examples
from policies.checking.lint import lint
from policies.judging.variants import load_variant
from triage.domain import read_policy
from triage.domains import domains

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def block(start: str) -> str:
    """Give the indented block of the docs that begins with a line."""
    at = DOCS.index("    " + start)
    lines = []
    for line in DOCS[at:].splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line[4:])
    return "\n".join(lines)


def test_the_variant_loads_and_its_examples_hold() -> None:
    parent = read_policy(domains()["return_fraud"])
    variant = load_variant(block("domain: return_fraud\n    version: 1.3.0-outlet"), name="outlet.yaml", parent=parent)
    assert [one for one in lint(variant) if one.severity != "note"] == []
    examples = block("domain: return_fraud\n    payload:")
    assert [tried.missed for tried in try_examples(variant, examples, name="examples.yaml")] == [(), ()]


def test_every_check_stands_in_the_docs_and_every_one_there_exists() -> None:
    sources = "".join(path.read_text() for path in sorted((ROOT / "policies" / "checking").glob("*.py")))  # fmt: skip
    named = set(re.findall(r'"(?:error|warning|note)"(?: if sure else "warning")?,\s+"([a-z-]+)"', sources)) | {
        "does-not-load"
    }
    table = DOCS[DOCS.index("| rule | severity | finds |") : DOCS.index("Only conditions written the same way")]
    shown = {
        name
        for line in table.splitlines()[2:]
        for name in re.findall(r"`([a-z-]+)`", line.split("|")[1] if "|" in line else "")
    }
    assert named - {"warning"} == shown  # one is an error or a warning, as the case may be


def test_the_built_in_budgets_stand_in_the_docs() -> None:
    alphas = {name: read_policy(domain).document.error_budget.alpha for name, domain in domains().items()}
    assert alphas == {"return_fraud": 0.02, "invoice_discrepancy": 0.05, "maintenance_priority": 0.05,
    "replenishment_risk": 0.05}  # fmt: skip
    assert "2 % for refunds, 5 % for invoice lines, maintenance and replenishment" in DOCS
