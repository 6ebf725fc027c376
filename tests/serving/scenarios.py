"""Policies and models that the tests of several pages and calls share."""

from typing import Any

from models.score import Cause, Score
from tests.serving.conftest import DOMAIN
from triage.champions import NoModels

AUDITED: dict[str, Any] = {
    "audit": {"share": 1.0, "queue": "OVERRIDE_QA", "sla_hours": 48},
    "four_eyes": [{"id": "E-1", "title": "Much was given away.", "when": "charged_price < 10.0"}],
    "queues": {
        "OVERRIDE_QA": {"title": "Spot checks", "owner_role": "Till audit", "minutes_per_case": 6},
        "OVERRIDE_DESK": {
            "title": "Override desk", "owner_role": "Store supervisor", "minutes_per_case": 10, "minutes_per_day": 15
        },
    },
}  # fmt: skip
"""A policy under which every automatic decision is audited, and a large reduction takes a second person."""

PROMISED: dict[str, Any] = {
    "error_budget": {"alpha": 0.2, "delta": 0.1, "margin": 1.0, "lapse_days": 30, "recertify_days": 7},
    "audit": {"share": 1.0, "queue": "OVERRIDE_QA"},
    "queues": {"OVERRIDE_QA": {"title": "Spot checks", "owner_role": "Till audit"}},
}
"""A policy with an error budget."""


class OneModel(NoModels):
    """A store with one version, which finds little risk in anything."""

    version = "price_override/1"
    recipe = DOMAIN.recipe
    attributes = ()
    unlike: tuple[str, ...] = ()

    def champion(self, name: str) -> Any:
        return type("Ref", (), {"name": name, "version": 1})()

    def load(self, ref: Any, domain: Any) -> Any:
        return self

    def score(self, rows: Any, texts: Any) -> list[Score]:
        causes = (Cause(label="price_match", probability=1.0),)
        return [
            Score(causes=causes, risk=0.02, impact=10.0, reasons=(), model_version=self.version, unlike=self.unlike)
            for _ in texts
        ]
