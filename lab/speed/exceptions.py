"""The exceptions that are sent: later cases of simulated retailers (synthetic), of all domains in turns."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain, count, zip_longest
from typing import Any, Final

import orjson

from cli.prepare import as_submission
from features.fields import Payload
from lab.simulated import draw
from lab.simulators import has_simulator
from lab.simulators.retailer import Knobs
from triage.domain import Domain

_SEED: Final = 77
_ID: Final = "SPEED-0000000000"
_WRITTEN_ID: Final = b'"SPEED-%010d"'


def exceptions(domains: Mapping[str, Domain], *, each: int, end_at: datetime, with_text: bool) -> list[bytes]:
    """Draw `each` exceptions of every domain that has a simulator, as JSON bodies of `POST /v1/cases`."""
    drawn = [
        _bodies(domain, each=each, end_at=end_at, with_text=with_text)
        for domain in domains.values()
        if has_simulator(domain.name)
    ]
    return [body for body in chain.from_iterable(zip_longest(*drawn)) if body is not None]


def numbered(bodies: list[bytes]) -> Iterator[bytes]:
    """Yield the bodies over and over, each time under another exception id."""
    placeholder = orjson.dumps(_ID)
    for number in count():
        yield bodies[number % len(bodies)].replace(placeholder, _WRITTEN_ID % number, 1)


def _bodies(domain: Domain, *, each: int, end_at: datetime, with_text: bool) -> list[bytes]:
    rows = draw(domain, Knobs(rows=each, seed=_SEED, end_at=end_at)).cases.to_dict("records")
    written = []
    for row in rows:
        raw = as_submission(domain, {str(name): value for name, value in row.items()}) | {"exception_id": _ID}
        if not with_text:
            raw["payload"] = _without(raw["payload"], domain.recipe.payload, domain.recipe.text_fields)
        written.append(orjson.dumps(raw, option=orjson.OPT_SERIALIZE_NUMPY, default=str))
    return written


def _without(payload: Mapping[str, Any], model: type[Payload], texts: tuple[str, ...]) -> dict[str, Any]:
    """Leave out free texts; one that must be given is the same everywhere, so that its embedding is known."""
    kept = {name: value for name, value in payload.items() if name not in texts}
    needed = {name: "Please check." for name in texts if model.model_fields[name].is_required()}
    return kept | needed
