"""Contract tests over every registered domain: what a fifth one gets for free."""

from pathlib import Path

import numpy as np
import pytest

from features.columns import encode, field_kinds
from features.fields import required_fields
from features.history import History
from policies.document.document import Disposition
from policies.judging.policy import load_policy
from serving.api.payload_examples import example_payload
from triage.clock import utc_now
from triage.domains import BUILT_IN, domains

ROOT = Path(__file__).parents[1]
HOMES = ("features/domains/{}/payload.py", "models/domains/{}.py", "triage/domains/{}.py", "policies/domains/{}.yaml")
EVERY = pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)


@EVERY
class TestEveryDomain:
    def test_stands_under_the_same_name_in_every_room(self, domain) -> None:
        assert [home for home in HOMES if not (ROOT / home.format(domain.name)).exists()] == []
        assert domain.policy_file == ROOT / HOMES[-1].format(domain.name)

    def test_asks_for_few_fields(self, domain) -> None:
        assert 1 <= len(required_fields(domain.recipe.payload)) <= 6

    def test_every_field_has_a_title_and_a_column_form(self, domain) -> None:
        untitled = [name for name, field in domain.recipe.payload.model_fields.items() if not field.title]
        assert untitled == []
        assert len(field_kinds(domain.recipe.payload)) == len(domain.recipe.payload.model_fields)
        assert set(domain.subject) <= set(domain.recipe.payload.model_fields)

    def test_feature_names_are_unique_and_say_what_they_read(self, domain) -> None:
        names = domain.recipe.names
        assert len(set(names)) == len(names)
        known = {kind.name for kind in field_kinds(domain.recipe.payload)} | {
            trail.name for trail in domain.recipe.trails
        }
        known |= {"as_of"}
        assert {f.name: set(f.sources) - known for f in domain.recipe.features if not set(f.sources) <= known} == {}

    def test_a_row_alone_equals_the_same_row_in_a_batch(self, domain) -> None:
        payloads = [domain.recipe.payload.model_validate(example_payload(domain.recipe.payload))] * 3
        history, now = History(domain.recipe.trails), utc_now()
        together = domain.recipe.rows(encode(payloads, as_of=[now] * 3), history)
        alone = domain.recipe.rows(encode(payloads[:1], as_of=[now]), history)
        assert together.tobytes() == alone.tobytes() * 3

    def test_a_case_with_nothing_but_the_required_fields_gives_a_row(self, domain) -> None:
        required = required_fields(domain.recipe.payload)
        given = {name: value for name, value in example_payload(domain.recipe.payload).items() if name in required}
        payload = domain.recipe.payload.model_validate(given)
        row = domain.recipe.rows(encode([payload], as_of=[utc_now()]), History(domain.recipe.trails))
        assert row.shape == (1, len(domain.recipe.features)) and not np.isinf(row).any()

    def test_every_label_has_words_and_a_route(self, domain) -> None:
        policy = load_policy(
            domain.policy_file.read_text(), name="p", recipe=domain.recipe, causes=tuple(domain.heads.labels)
        )
        routes = policy.document.routes
        lost = [
            label for label in domain.heads.labels if not any(label in (route.causes or [label]) for route in routes)
        ]
        assert lost == []
        assert all(domain.heads.labels.values())

    def test_the_policy_is_the_domains_own_and_every_control_asks_for_a_person(self, domain) -> None:
        policy = load_policy(
            domain.policy_file.read_text(), name="p", recipe=domain.recipe, causes=tuple(domain.heads.labels)
        )
        assert policy.document.domain == domain.name
        assert [control.id for control in policy.document.controls if control.raise_to is Disposition.AUTO] == []
        assert len(policy.document.reason_codes) >= 3


def test_every_domain_module_is_registered() -> None:
    found = {path.stem for path in (ROOT / "triage" / "domains").glob("*.py")} - {"__init__"}
    assert found == set(domains())


def test_no_code_asks_which_domain_it_is() -> None:
    names = [domain.name for domain in BUILT_IN]
    rooms = ("features", "models", "policies", "triage", "serving", "training", "cli")
    asking = [
        f"{path.relative_to(ROOT)}: {name}"
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        for name in names
        if not path.stem.startswith(name) and f'== "{name}"' in path.read_text()
    ]
    assert asking == []
