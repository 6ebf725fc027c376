"""Schemathesis sends every operation what the document allows and what it does not: no 5xx, no answer that is not
declared."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks
from starlette.types import Receive, Scope, Send

from tests.serving.conftest import House

pytestmark = pytest.mark.slow
EXAMPLES = 10
NOTHING_TO_GET_WRONG = ("GET /healthz", "GET /readyz")
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_every_operation_answers_as_declared(
    lasting_house: House, mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    # Driven by hypothesis itself: the plugin of schemathesis does not know this version of pytest.
    house = lasting_house
    house.review_case(), house.submit()
    headers = house.key(("admin", None), ("service", None))

    async def running(scope: Scope, receive: Receive, send: Send) -> None:
        """Be the app that runs already: schemathesis would start and stop it with every call."""
        if scope["type"] != "lifespan":
            await house.client.app(scope, receive, send)
            return
        for turn in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{turn}.complete"})

    document = schemathesis.openapi.from_dict(house.client.contract.document)
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) == 94
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.label in NOTHING_TO_GET_WRONG:
            continue

        @settings(
            max_examples=EXAMPLES, phases=[Phase.generate], deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers_as_declared(case: schemathesis.Case) -> None:
            case.call_and_validate(app=running, headers=headers, checks=CHECKS)

        with subtests.test(operation=operation.label):
            answers_as_declared()
