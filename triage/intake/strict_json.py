"""JSON as it is really meant, wherever submissions come from: nothing that two readers would read differently."""

import json
import re
from typing import Any, Final

import orjson

from triage.errors import FieldProblem, InvalidError
from triage.intake.field_quality import shown

MAX_DEPTH: Final = 64
_KEY_END: Final = re.compile(rb'"\s*:')


def parse_json(body: bytes) -> Any:
    """Parse JSON in UTF-8; refuse NaN, infinities, lone surrogates, a key given twice, and more than MAX_DEPTH
    levels."""
    if not body.strip():
        raise _invalid("body", "", "is empty; send a JSON document")
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _invalid("body", _around(body, error.pos), f"is not JSON: {error}") from None
    # Every pair ends its key with this pattern, and few strings hold it: equal counts settle it without a second parse.
    if len(_KEY_END.findall(body)) != _count_keys(content):
        _refuse_repeated_keys(body)
    return content


def _around(body: bytes, position: int) -> str:
    return body[max(0, position - 20) : position + 20].decode("utf-8", "replace")


def _count_keys(content: Any) -> int:
    """Count the pairs of all objects; raise where the nesting is absurd."""
    keys, level = 0, [content] if isinstance(content, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return keys
        deeper: list[Any] = []
        for container in level:
            if isinstance(container, dict):
                keys += len(container)
                deeper += [value for value in container.values() if isinstance(value, dict | list)]
            else:
                deeper += [value for value in container if isinstance(value, dict | list)]
        level = deeper
    raise _invalid("body", "", f"is nested more than {MAX_DEPTH} levels deep")


def _refuse_repeated_keys(body: bytes) -> None:
    def pairs(found: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in found:
            if name in seen:
                raise _invalid(name[:80], "", "is given twice in one object")
            seen.add(name)

    json.loads(body, object_pairs_hook=pairs)


def _invalid(field: str, value: Any, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value=shown(value), message=message)
    return InvalidError(f"{field} {problem.value}: {message}", problems=[problem])
