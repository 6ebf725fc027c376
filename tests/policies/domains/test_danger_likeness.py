"""A text that reads like a danger: what each domain does at, above and below its limits, whatever a model says."""

import pytest

from policies.checking.examples import Tried, try_examples
from policies.document.document import Disposition
from policies.document.errors import PolicyError
from policies.judging.policy import Policy, load_policy
from triage.domain import Domain, read_policy
from triage.domains import BUILT_IN

SUBJECTS = {
    "maintenance_priority": ("C-MNT-1", "FM_EMERGENCY"), "invoice_discrepancy": ("C-INV-DANGER", "AP_SAFETY"),
    "return_fraud": ("C-RET-DANGER", "LP_CASE"), "replenishment_risk": ("C-REP-DANGER", "QA_HOLD"),
}  # fmt: skip
EXAMPLE = """
domain: {domain}
{usual}
examples:
  - name: tried here
    danger_likeness: {likeness}
    {model}
    expect: {{}}
"""


def usual(domain: Domain) -> str:
    text = domain.policy_file.with_name(f"{domain.name}.examples.yaml").read_text(encoding="utf-8")
    return text[text.index("\npayload:") : text.index("\nexamples:")]


def tried(domain: Domain, likeness: float | None, *, model: bool = True, policy: Policy | None = None) -> Tried:
    text = EXAMPLE.format(
        domain=domain.name,
        usual=usual(domain),
        likeness="null" if likeness is None else likeness,
        model="" if model else "score: null",
    )
    (found,) = try_examples(policy or read_policy(domain), text, name="example")
    return found


@pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
@pytest.mark.parametrize(
    ("likeness", "disposition", "controls"),
    [
        (None, "auto", []),
        (0.0, "auto", []),
        (0.4199, "auto", []),
        (0.42, "review", ["UNSURE"]),
        (0.8799, "review", ["UNSURE"]),
        (0.88, "escalate", ["LIKENESS", "UNSURE"]),
        (1.0, "escalate", ["LIKENESS", "UNSURE"]),
    ],
)
def test_at_above_and_below_the_limits(
    domain: Domain, likeness: float | None, disposition: str, controls: list[str]
) -> None:
    subject, queue = SUBJECTS[domain.name]
    verdict = tried(domain, likeness).verdict
    assert verdict.disposition == disposition
    assert [hit.id for hit in verdict.controls] == [f"{subject}-{control}" for control in controls]
    if disposition == "escalate":
        assert (verdict.priority, verdict.sent_to) == ("P1", queue)


@pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
def test_it_escalates_where_no_model_spoke(domain: Domain) -> None:
    verdict = tried(domain, 0.9, model=False).verdict
    assert (verdict.disposition, verdict.priority) == (Disposition.ESCALATE, "P1")


@pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
def test_a_policy_editor_moves_the_limits(domain: Domain) -> None:
    text = domain.policy_file.read_text(encoding="utf-8").replace("likeness_to_review: 0.42", "likeness_to_review: 0.3")
    policy = load_policy(text, name="moved", recipe=domain.recipe, causes=tuple(domain.heads.labels))
    assert tried(domain, 0.35).verdict.disposition is Disposition.AUTO
    assert tried(domain, 0.35, policy=policy).verdict.disposition is Disposition.REVIEW


def test_a_limit_may_not_hide_it() -> None:
    domain = BUILT_IN[0]
    text = domain.policy_file.read_text(encoding="utf-8").replace("\nlimits:\n", "\nlimits:\n  danger_likeness: 0.5\n")
    with pytest.raises(PolicyError, match="danger_likeness"):
        load_policy(text, name="hidden", recipe=domain.recipe, causes=tuple(domain.heads.labels))
