"""What a check finds in a policy that loads: each slip once, with its line and a cure, and nothing in a policy without
one."""

from dataclasses import replace

import pytest

from policies.checking.lint import lint, lint_text, lint_variants
from policies.judging.variants import load_variant
from tests.policies.conftest import CAUSES, RECIPE, certificate_for
from tests.policies.parcel_policies import BUDGETED, VARIANT, policy
from triage.domain import read_policy
from triage.domains import BUILT_IN

CLEAN = (
    BUDGETED.replace("causes: [theft]", "causes: [theft, swap]")
    .replace("  - id: R-rest", "  - id: R-honest\n    causes: [honest]\n    queue: CHECK\n    sla_hours: 48\n    "
    "action: Pay\n  - id: R-rest")
    .replace("  - level: P4", "  - level: P3\n    when: price > 500.0\n  - level: P4")
    .replace("{P1: 4, P2: 8}", "{P1: 4, P2: 8, P3: 8, P4: 8}")
)  # fmt: skip


def check(text: str):
    """Give what is to be mended; notes are not."""
    return to_mend(lint_text(text, name="p.yaml", recipe=RECIPE, causes=CAUSES))


def to_mend(found):
    return [finding for finding in found if finding.severity != "note"]


@pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
def test_nothing_is_found_in_a_built_in_policy(domain) -> None:
    assert {finding.rule for finding in lint(read_policy(domain))} == {"switched-off-by-missing"}


def test_a_rule_that_a_missing_field_switches_off_is_named_with_the_field() -> None:
    told = [one for one in lint_text(CLEAN, name="p.yaml", recipe=RECIPE, causes=CAUSES) if one.severity == "note"]
    assert [one.message for one in told] == [
        "C-1 never holds without over_claim"
    ]  # C-2 holds where `claimed` is missing


def test_nothing_is_found_in_a_clean_one() -> None:
    assert check(CLEAN) == []


@pytest.mark.parametrize(
    ("was", "is_now", "severity", "rule", "key", "says"),
    [
        ("  - level: P3\n", "  - level: P2\n  - level: P3\n", "error", "unreachable-rule", "priorities.3",
        "priorities.4 is never reached: priorities.3"),
        ("  - level: P3\n    when: price > 500.0\n", "  - level: P3\n    when: expected_loss >=  100.0\n", "error",
        "unreachable-rule", "priorities.2", "priorities.1 fits before it"),
        ("    - id: small\n", "    - id: tiny\n    - id: small\n", "error", "unreachable-rule",
        "error_budget.segments.1", "small is never reached: tiny"),
        ("  - id: F2\n", "  - id: F1b\n    title: Again\n    when: claimed == null\n    if_missing: evaluate\n    "
        "disposition: review\n  - id: F2\n", "error", "unreachable-rule", "fallback_rules.1",
        "F1b is never reached: F1"),
        ("  - id: R-honest\n", "  - id: R-all\n    queue: CHECK\n    sla_hours: 1\n    action: Look\n  - id: "
        "R-honest\n", "error", "unreachable-route", "routes.2", "R-honest is never reached: R-all"),
        ("  - id: R-honest\n", "  - id: R-swap\n    causes: [swap]\n    dispositions: [review]\n    queue: CHECK\n    "
        "sla_hours: 1\n    action: Look\n  - id: R-honest\n", "error", "unreachable-route", "routes.1",
        "R-swap is never reached: R-theft"),
        ("  - id: R-honest\n    causes: [honest]", "  - id: R-honest\n    causes: [honest, swap]", "warning",
        "overlapping-routes", "routes.1.causes", "R-honest never gets swap: R-theft takes it"),
        ("causes: [theft, swap]", "causes: [theft]", "warning", "cause-without-route", "routes.2",
        "no route names swap; it goes to R-rest"),
        ("  - level: P3\n    when: price > 500.0\n", "", "warning", "priority-not-given", "priorities",
        "no case ever gets P3"),
        (", P3: 8, P4: 8", "", "warning", "time-not-given", "routes.0.sla_hours", "R-theft gives no time for P3, P4"),
        ("when: over_claim > 0.0\n    if_missing: skip", "when: claimed >= big_claim\n    if_missing: match", "warning",
        "same-condition", "controls.1.when", "C-2 has the condition of C-1"),
        ("when: over_claim > 0.0", "when: over_claim > 5.0 && over_claim < 1.0", "warning", "constant-condition",
        "controls.0.when", "C-1 never holds on"),
        ("when: over_claim > 0.0", "when: over_claim > 5.0 || over_claim < 9.0", "warning", "constant-condition",
        "controls.0.when", "(a guess)"),
        ("when: over_claim > 0.0\n    if_missing: skip", "when: big_claim > 5.0", "error", "constant-condition",
        "controls.0.when", "C-1 always holds"),
        ("queues:\n", "queues:\n  IDLE: {title: Idle, owner_role: nobody}\n", "warning", "queue-not-reached",
        "queues.IDLE", "nothing ever waits in IDLE"),
        ("queues:\n", "queues:\n  OTHER: {title: Other, owner_role: clerk}\n", "warning", "queue-without-route",
        "queues.OTHER", "no route says by when"),
        ("limits:\n", "limits:\n  forgotten: 1.0\n", "warning", "name-not-used", "limits.forgotten",
        "no condition reads forgotten"),
        ("attributes:\n", "attributes:\n  tall: flag\n", "warning", "name-not-used", "attributes.tall",
        "no condition reads attributes.tall"),
        ("audit:\n  queue: CHECK\n", "", "error", "budget-without-audit", "error_budget", "nobody would ever know"),
        ('  false_refuse: "40.0"\n', "", "warning", "holding-is-free", "costs", "no review is ever worth its time"),
        ("  confirm_at_risk: 0.10", "  confirm_at_risk: 0.30", "warning", "idle-threshold",
        "thresholds.confirm_at_risk", "never matters: review_at_risk is 0.3"),
        ("  review_at_expected_loss: 50", "  review_at_expected_loss: 50\n  escalate_at_expected_loss: 50", "warning",
        "idle-threshold", "thresholds.review_at_expected_loss", "never matters"),
    ],
)  # fmt: skip
def test_a_slip_is_found_with_its_place(was, is_now, severity, rule, key, says) -> None:
    assert CLEAN.count(was) == 1
    text = CLEAN.replace(was, is_now)
    if rule == "queue-without-route":
        text = text.replace("    queue: CHECK\n  - id: C-2", "    queue: OTHER\n  - id: C-2")
    found = check(text)
    assert (found[0].severity, found[0].rule, found[0].key) == (severity, rule, key), found
    assert len(found) == 1 or {one.rule for one in found} <= {"unreachable-rule", "unreachable-route"}, found
    assert says in found[0].message and found[0].cure
    line = int(found[0].where.removeprefix("p.yaml:"))
    last = key.rsplit(".", 1)[-1]
    assert last.isdigit() or text.splitlines()[line - 1].strip().startswith(f"{last}:")


def test_minutes_without_costs_are_found() -> None:
    text = CLEAN[: CLEAN.index("costs:")] + CLEAN[CLEAN.index("four_eyes:") :]
    text = text.replace("owner_role: clerk}", "owner_role: clerk, minutes_per_day: 400}")
    assert [(one.rule, one.key) for one in check(text)] == [("minutes-without-costs", "queues.CHECK.minutes_per_day")]


def test_an_audit_without_a_budget_is_found() -> None:
    text = CLEAN[: CLEAN.index("error_budget:")] + CLEAN[CLEAN.index("audit:") :]
    assert [one.rule for one in check(text)] == ["audit-without-budget"]


def test_a_policy_that_never_escalates_is_found() -> None:
    text = CLEAN.replace("raise_to: escalate", "raise_to: review").replace("  escalate_at_risk: 0.80\n", "")
    assert [one.rule for one in check(text)] == ["nothing-escalates"]


@pytest.mark.parametrize(("threshold", "found"), [(0.0999, ["idle-threshold"]), (0.1, []), (0.2, [])])
def test_a_cut_off_above_everything_certified_is_found(threshold: float, found: list[str]) -> None:
    checked = policy(CLEAN)
    told = lint(checked, certificate=certificate_for(checked, threshold=threshold))
    assert [one.rule for one in to_mend(told)] == found


def test_a_certificate_about_the_cause_says_nothing_of_cut_offs_at_risk() -> None:
    checked = policy(CLEAN)
    assert to_mend(lint(checked, certificate=replace(certificate_for(checked, threshold=0.01), of="cause"))) == []


def test_what_does_not_load_is_a_finding_with_its_line() -> None:
    found = check(
        CLEAN.replace("when: over_claim > 0.0", "when: over_clam > 0.0").replace("title: Parcel claims", "titel: x")
    )
    assert {(one.severity, one.rule, one.where) for one in found} == {("error", "does-not-load", "p.yaml:1"), ("error",
    "does-not-load", "p.yaml:3")}  # fmt: skip


class TestVariants:
    def test_a_variant_is_checked_with_its_parent(self) -> None:
        def check_variant(text):
            return to_mend(lint_text(text, name="north.yaml", recipe=RECIPE, causes=CAUSES, parent=policy(CLEAN)))

        found = check_variant(VARIANT)
        assert [(one.rule, one.key) for one in found] == [("queue-without-route", "queues.NORTH")]
        looser = check_variant(VARIANT.replace("confirm_at_risk: 0.05", "confirm_at_risk: 0.2"))
        assert [(one.rule, one.where) for one in looser] == [("does-not-load", "north.yaml:19")]
        assert [one.rule for one in check(VARIANT)] == ["does-not-load"]

    def test_two_that_fit_the_same_case_overlap(self) -> None:
        def variant(name, regions):
            text = VARIANT.replace("variant: north", f"variant: {name}").replace('["NO", SE]', regions)
            return load_variant(text, name=f"{name}.yaml", parent=policy(CLEAN))

        found = lint_variants(
            [policy(CLEAN), variant("north", "[SE, FI]"), variant("sweden", "[SE]"), variant("south", "[IT]")]
        )
        assert [(one.severity, one.rule, one.where, one.message) for one in found] == [
            ("error", "variant-overlap", "sweden.yaml:5", "variants north and sweden fit the same cases")
        ]
