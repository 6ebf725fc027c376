"""Policies and models that the tests of several pages and calls share."""

from datetime import UTC, datetime
from typing import Any

from models.score import Cause, Score
from models.version_record import VersionRef
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
    risk = 0.02

    def champion(self, name: str) -> Any:
        return type("Ref", (), {"name": name, "version": int(self.version.rpartition("/")[2])})()

    def versions(self, name: str) -> list[VersionRef]:
        serves, other = self.version.rpartition("/")[2], {"1": 2, "2": 1}
        now = datetime(2026, 3, 1, tzinfo=UTC)
        refs = [VersionRef(name=name, version=int(serves), run_id="r", created_at=now, aliases=("champion",))]
        alias = "challenger" if serves == "1" else "previous"
        refs.append(VersionRef(name=name, version=other[serves], run_id="r", created_at=now, aliases=(alias,)))
        return sorted(refs, key=lambda ref: -ref.version)

    def challenger(self, name: str) -> Any:
        return next((ref for ref in self.versions(name) if "challenger" in ref.aliases), None)

    def previous(self, name: str) -> Any:
        return next((ref for ref in self.versions(name) if "previous" in ref.aliases), None)

    def promote(self, domain: Any, version: int) -> None:
        self.version = f"{domain.name}/{version}"

    def load(self, ref: Any, domain: Any) -> Any:
        # The second version finds twice the risk.
        loaded = OneModel()
        loaded.version, loaded.risk = f"{ref.name}/{ref.version}", 0.02 * ref.version
        return loaded

    def score(self, rows: Any, texts: Any, *, reasons: bool = True) -> list[Score]:
        del rows, reasons
        causes = (Cause(label="price_match", probability=1.0),)
        return [
            Score(
                causes=causes, risk=self.risk, impact=10.0, reasons=(), model_version=self.version, unlike=self.unlike
            )
            for _ in texts
        ]
