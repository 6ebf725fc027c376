"""Holds every answer of a test's client to the OpenAPI document that the app gives."""

import re
from typing import Any

import jsonschema_rs
import orjson
from starlette.testclient import TestClient

_MADE: dict[tuple[str, ...], "Contract"] = {}


class Contract:
    """The operations of a document, with a validator for every answer they declare."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        # The most literal first: /v1/cases/batch is not /v1/cases/{case_id}.
        self._paths = sorted(document["paths"], key=lambda path: path.count("{"))
        self._validators: dict[str, Any] = {}

    def operation(self, method: str, path: str) -> str | None:
        """Name the operation of a call, None where it is not described."""
        for template in self._paths:
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in self.document["paths"][template]:
                return f"{method} {template}"
        return None

    def check(self, operation: str, status: int, media_type: str, body: bytes) -> None:
        """Fail where an answer is not one that its operation declares."""
        method, _, template = operation.partition(" ")
        answers = self.document["paths"][template][method.lower()]["responses"]
        assert str(status) in answers, f"{operation} answered {status}, which it does not declare: {body[:300]!r}"
        content = answers[str(status)].get("content")
        if content is None:
            assert body == b"", operation
            return
        assert media_type in content, f"{operation} answered {status} as {media_type}, not as {list(content)}"
        if media_type.endswith("json"):
            key = f"{operation} {status}"
            if key not in self._validators:
                schema = content[media_type]["schema"] | {"components": self.document["components"]}
                self._validators[key] = jsonschema_rs.validator_for(schema)
            self._validators[key].validate(orjson.loads(body))


class ContractClient(TestClient):
    """A client that checks every answer of the API, and remembers which operations were answered how."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self.answered: set[tuple[str, int]] = set()
        domains = tuple(app.state.service.domains)
        if domains not in _MADE:
            _MADE[domains] = Contract(app.openapi())
        self.contract = _MADE[domains]

    def send(self, request: Any, **options: Any) -> Any:
        """Send a request and check its answer."""
        answer = super().send(request, **options)
        operation = self.contract.operation(request.method, request.url.path)
        if operation is not None:
            media_type = answer.headers.get("content-type", "").partition(";")[0]
            self.contract.check(operation, answer.status_code, media_type, answer.content)
            self.answered.add((operation, answer.status_code))
        return answer
