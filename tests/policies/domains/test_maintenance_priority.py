"""Specification of the maintenance policy: controls hold against any score, thresholds are inclusive, every case has a
queue."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from features.columns import encode
from features.domains.maintenance_priority.features import RECIPE
from features.domains.maintenance_priority.payload import MaintenancePriority
from features.domains.maintenance_priority.trades import TRADES
from features.history import History
from models.domains.maintenance_priority import LABELS
from models.score import Cause, Score
from policies.document.document import Disposition
from policies.judging.policy import Policy, load_policy
from policies.judging.verdict import Verdict
from tests.policies.conftest import LIKENESS_CONTROLS, certificate_for
from triage.domains.maintenance_priority import DOMAIN

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
QUIET: dict[str, Any] = {"site_id": "S1", "reported_at": NOW, "description": "paint peeling, no smoke",
"trade": "general_building"}  # fmt: skip
AUTO, CONFIRM, REVIEW, ESCALATE = Disposition


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(DOMAIN.policy_file.read_text("utf-8"), name="policy.yaml", recipe=RECIPE, causes=list(LABELS))


def make_score(risk: float = 0.0, *, cause: str = "general_building", impact: float = 20.0,
probability: float = 1.0) -> Score:  # fmt: skip
    causes = (Cause(label=cause, probability=probability),)
    return Score(causes=causes, risk=risk, impact=impact, reasons=(), model_version="test")


def judge(policy: Policy, score: Score | None, **overrides: Any) -> Verdict:
    payload = MaintenancePriority(**QUIET | overrides)
    features = RECIPE.rows(encode([payload], as_of=[NOW]), History(RECIPE.trails))[0].tolist()
    fallback = "no model" if score is None else None
    return policy.judge(
        payload=payload,
        attributes={},
        features=features,
        fx_rate=1.0,
        score=score,
        fallback=fallback,
        now=NOW,
        certificate=certificate_for(policy),
    )


FIRES: list[tuple[str, Disposition, dict[str, Any]]] = [
    ("C-MNT-1", ESCALATE, {"safety_flags": ["trip"]}),
    ("C-MNT-1", ESCALATE, {"description": "paint peeling and it is sparking"}),
    ("C-MNT-1-EVACUATE", ESCALATE, {"safety_flags": ["entrapment"]}),
    ("C-MNT-1-EVACUATE", ESCALATE, {"description": "smell of gas"}),
    ("C-MNT-2", ESCALATE, {"fire_system_out_hours": 4.1}),
    ("C-MNT-2-SHORT", REVIEW, {"fire_system_out_hours": 0.1}),
    ("C-MNT-3", ESCALATE, {"food_temperature_celsius": 5.1, "minutes_above_limit": 240}),
    ("C-MNT-3-CLOCK", REVIEW, {"food_temperature_celsius": 5.1}),
    ("C-MNT-3-UTILITY", ESCALATE, {"power_or_water_out_hours": 2.0}),
    ("C-MNT-4", CONFIRM, {"warranty_expires_on": date(2026, 3, 2)}),
    ("C-MNT-5", REVIEW, {"estimated_repair_cost": "500.01", "not_to_exceed_amount": "500"}),
    ("C-MNT-5-LIMIT", REVIEW, {"estimated_repair_cost": "5000"}),
    ("C-MNT-5-CAPITAL", REVIEW, {"is_capital_spend": True}),
    ("C-MNT-5-DUTIES", REVIEW, {"reporter_id": "R1", "approver_id": "R1"}),
    ("C-MNT-5-DUTIES", REVIEW, {"reporter_id": "0042", "approver_id": "42.0"}),
    ("C-MNT-5-REPLACE", CONFIRM, {"estimated_repair_cost": "501", "replacement_cost": "1000"}),
    ("C-MNT-6", REVIEW, {"vendor_insured": False}),
    ("C-MNT-6-LICENCE", REVIEW, {"trade": "lighting_electrical", "vendor_licences": ["gas"]}),
    ("C-MNT-7", REVIEW, {"requested_step": "close"}),
    ("C-MNT-7", REVIEW, {"requested_step": "merge"}),
    ("C-MNT-7-DUPLICATE", CONFIRM, {"closest_open_similarity": 0.9}),
    ("C-MNT-8", REVIEW, {"regulatory_asset": True}),
    ("C-MNT-8", REVIEW, {"asset_class": "elevator_escalator"}),
    ("C-MNT-9", ESCALATE, {"level_to_lower": "P1"}),
    ("C-MNT-9-REASON", REVIEW, {"level_to_lower": "P2"}),
    ("C-MNT-10", CONFIRM, {"asset_class": "safe_cash_device"}),
    ("C-MNT-10", CONFIRM, {"trade": "security_loss_prevention"}),
    ("C-MNT-11", REVIEW, {"description": "paint peeling, pay with 4111 1111 1111 1111"}),
]
JUST_SHORT: list[tuple[str, dict[str, Any]]] = [
    ("C-MNT-2", {"fire_system_out_hours": 4.0}),
    ("C-MNT-2-SHORT", {"fire_system_out_hours": 0.0}),
    ("C-MNT-3", {"food_temperature_celsius": 5.1, "minutes_above_limit": 239}),
    ("C-MNT-3", {"food_temperature_celsius": 9.0, "minutes_above_limit": None}),
    ("C-MNT-3-CLOCK", {"food_temperature_celsius": 5.0}),
    ("C-MNT-3-UTILITY", {"power_or_water_out_hours": 1.9}),
    ("C-MNT-4", {"warranty_expires_on": date(2026, 3, 1)}),
    ("C-MNT-5", {"estimated_repair_cost": "500", "not_to_exceed_amount": "500"}),
    ("C-MNT-5-LIMIT", {"estimated_repair_cost": "4999.99"}),
    ("C-MNT-5-DUTIES", {"reporter_id": "R1", "approver_id": "R2"}),
    ("C-MNT-5-REPLACE", {"estimated_repair_cost": "500", "replacement_cost": "1000"}),
    ("C-MNT-6", {"vendor_insured": True}),
    ("C-MNT-6-LICENCE", {"trade": "lighting_electrical", "vendor_licences": ["electrical"]}),
    ("C-MNT-7", {"requested_step": "dispatch"}),
    ("C-MNT-7-DUPLICATE", {"closest_open_similarity": 0.89}),
    ("C-MNT-8", {"regulatory_asset": False, "asset_class": "signage"}),
    ("C-MNT-9", {"level_to_lower": "P2"}),
    ("C-MNT-10", {"asset_class": "signage"}),
]


class TestControls:
    def test_a_quiet_request_goes_straight_through(self, policy: Policy) -> None:
        verdict = judge(policy, make_score())
        assert (verdict.disposition, verdict.controls, verdict.overrides) == (AUTO, (), ())

    @pytest.mark.parametrize(("control", "disposition", "fields"), FIRES)
    def test_fires_and_no_score_lowers_it(self, policy: Policy, control: str, disposition: Disposition,
    fields: dict[str, Any]) -> None:  # fmt: skip
        for score in (make_score(0.0), None):
            verdict = judge(policy, score, **fields)
            assert control in [hit.id for hit in verdict.controls]
            assert verdict.disposition.rank >= disposition.rank

    @pytest.mark.parametrize(("control", "fields"), JUST_SHORT)
    def test_does_not_fire_just_short_of_it(self, policy: Policy, control: str, fields: dict[str, Any]) -> None:
        assert control not in [hit.id for hit in judge(policy, make_score(), **fields).controls]

    def test_every_control_is_specified_here(self, policy: Policy) -> None:
        assert {control.id for control in policy.document.controls} - LIKENESS_CONTROLS == {
            control for control, _, _ in FIRES
        }

    def test_a_denied_danger_is_no_danger(self, policy: Policy) -> None:
        assert judge(policy, make_score(), description="no smoke or fire").priority == "P4"

    def test_food_over_four_hours_goes_to_quality_assurance(self, policy: Policy) -> None:
        verdict = judge(policy, make_score(), food_temperature_celsius=8, minutes_above_limit=300)
        assert (verdict.sent_to, verdict.priority) == ("FOOD_SAFETY_QA", "P1")


class TestThresholds:
    @pytest.mark.parametrize(
        ("risk", "impact", "disposition"),
        [
            (0.1599, 1.0, AUTO), (0.16, 1.0, CONFIRM), (0.2999, 1.0, CONFIRM), (0.30, 1.0, REVIEW), (0.8499, 1.0,
            REVIEW),
            (0.85, 1.0, ESCALATE), (0.1, 5999.0, AUTO), (0.1, 6000.0, CONFIRM), (0.1, 19999.0, CONFIRM),
            (0.1, 20000.0, REVIEW), (0.1, 199999.0, REVIEW), (0.1, 200000.0, ESCALATE),
        ],
    )  # fmt: skip
    def test_cut(self, policy: Policy, risk: float, impact: float, disposition: Disposition) -> None:
        assert judge(policy, make_score(risk, impact=impact)).disposition is disposition

    @pytest.mark.parametrize(("probability", "disposition"), [(0.20, AUTO), (0.19, REVIEW)])
    def test_an_unclear_cause_is_reviewed(self, policy: Policy, probability: float, disposition: Disposition) -> None:
        assert judge(policy, make_score(probability=probability)).disposition is disposition

    @pytest.mark.parametrize(
        ("rule", "score", "fields"),
        [
            ("O-MNT-FIRE", make_score(cause="fire_life_safety", probability=0.5), {}),
            ("O-MNT-PRODUCT", make_score(0.1), {"product_at_risk_value": "10000"}),
            ("O-MNT-SECOND-OPINION", make_score(0.09), {"trade": "pos_payment_it", "lanes_total": 2, "lanes_down": 1}),
        ],
    )
    def test_override_rule_raises_what_the_score_would_let_through(self, policy: Policy, rule: str, score: Score,
    fields: dict[str, Any]) -> None:  # fmt: skip
        calm = judge(policy, make_score(score.risk))
        assert (calm.disposition, calm.overrides) == (AUTO, ())
        verdict = judge(policy, score, **fields)
        assert [hit.id for hit in verdict.overrides] == [rule]
        assert verdict.disposition.rank > AUTO.rank


class TestPriorities:
    @pytest.mark.parametrize(
        ("score", "fields", "level"),
        [
            (make_score(), {"safety_flags": ["chemical"]}, "P1"),
            (make_score(), {"description": "flooded"}, "P1"),
            (make_score(), {"food_temperature_celsius": 5.1}, "P1"),
            (make_score(), {"trade": "pos_payment_it", "lanes_total": 2, "lanes_down": 1}, "P1"),
            (make_score(0.85), {}, "P1"),
            (make_score(0.30), {}, "P2"),
            (make_score(0.2), {"trade": "doors_entrance"}, "P3"),
            (make_score(0.02), {"trade": "doors_entrance"}, "P4"),
            (make_score(0.2), {}, "P4"),
            (None, {"trade": "doors_entrance"}, "P2"),
            (None, {"trade": "hvac_comfort"}, "P3"),
            (None, {"trade": "hvac_comfort", "outside_temperature_celsius": 40}, "P2"),
            (None, {"trade": "hvac_comfort", "units_total": 2, "units_down": 2}, "P2"),
            (None, {"trade": "fire_life_safety"}, "P1"),
            (None, {"trade": None, "description": "help"}, "P2"),
            (None, {}, "P4"),
        ],
    )
    def test_level(self, policy: Policy, score: Score | None, fields: dict[str, Any], level: str) -> None:
        assert judge(policy, score, **fields).priority == level


FALLBACKS: list[tuple[str, Disposition, dict[str, Any]]] = [
    ("F1", ESCALATE, {"safety_flags": ["flood"]}),
    ("F2", REVIEW, {"food_temperature_celsius": 6}),
    ("F3", REVIEW, {"utility_outage": True, "sales_share_affected": 0.25}),
    ("F4", REVIEW, {"trade": "fire_life_safety"}),
    ("F5", REVIEW, {"trade": "pos_payment_it", "lanes_total": 2, "lanes_down": 1}),
    ("F6", REVIEW, {"asset_class": "exit_door"}),
    ("F7", REVIEW, {"units_total": 2, "units_down": 1}),
    ("F8", REVIEW, {"trade": "refrigeration_temp"}),
    ("F9", REVIEW, {"trade": "pos_payment_it"}),
    ("F10", REVIEW, {"trade": "plumbing_leak_drain"}),
    ("F11", REVIEW, {"trade": "doors_entrance"}),
    ("F12", REVIEW, {"trade": "security_loss_prevention"}),
    ("F13", REVIEW, {"trade": "material_handling_lift"}),
    ("F14", REVIEW, {"trade": "roof_structural"}),
    ("F15", REVIEW, {"trade": "hvac_comfort", "outside_temperature_celsius": 40}),
    ("F16", CONFIRM, {"trade": "hvac_comfort"}),
    ("F17", CONFIRM, {"trade": "lighting_electrical"}),
    ("F18", CONFIRM, {"trade": "food_equipment"}),
    ("F19", CONFIRM, {"trade": "pest_janitorial_exterior"}),
    ("F20", CONFIRM, {}),
    ("F21", REVIEW, {"trade": None, "description": "help"}),
]


class TestFallback:
    @pytest.mark.parametrize(("rule", "disposition", "fields"), FALLBACKS)
    def test_rule_is_reached(self, policy: Policy, rule: str, disposition: Disposition, fields: dict[str, Any]) -> None:
        verdict = judge(policy, None, **fields)
        assert f"fallback:{rule}" in [reason.code for reason in verdict.reasons]
        assert verdict.disposition is disposition

    def test_every_rule_is_specified_here(self, policy: Policy) -> None:
        assert [rule.id for rule in policy.document.fallback_rules] == [rule for rule, _, _ in FALLBACKS]

    def test_the_limits_name_the_trades_by_their_positions(self, policy: Policy) -> None:
        names = ["plumbing", "hvac", "refrigeration", "electrical", "doors", "payment", "building", "food_equipment",
        "security", "pest_exterior", "fire_safety", "lifts", "roof"]  # fmt: skip
        assert [policy.document.limits[name] for name in names] == list(range(len(TRADES)))
        for rule in policy.document.fallback_rules:
            named = [name for name in names if f"trade_guess == {name}" in (rule.when or "")]
            assert [TRADES[names.index(name)] for name in named] == ([rule.cause] if named else [])


class TestRoutes:
    @pytest.mark.parametrize("cause", LABELS)
    def test_every_label_has_a_route_of_its_own(self, policy: Policy, cause: str) -> None:
        routes = [route for route in policy.document.routes if cause in (route.causes or []) and not route.dispositions]
        assert len(routes) == 1

    def test_every_queue_receives_something(self, policy: Policy) -> None:
        assert policy.document.audit is not None
        parts = (
            *policy.document.controls,
            *policy.document.routes,
            *policy.document.fallback_rules,
            policy.document.audit,
        )
        assert {part.queue for part in parts if part.queue} == set(policy.document.queues)

    def test_enough_reasons_to_close_with(self, policy: Policy) -> None:
        assert 8 <= len(policy.document.reason_codes) <= 12
