"""A registered version behind MLflow's own tools: `mlflow.pyfunc.load_model("models:/DOMAIN@champion")`, `mlflow models
serve`.

Takes payload rows as `POST /v1/score` does and answers with the model's score, without a policy's decision. It has no
entity history: every supplier, customer or asset is new to it. It needs this program in the environment (`--env-manager
local`) and names no package to install beside MLflow. Nothing is unpickled.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from features.attributes.attribute_columns import Attribute, add_attributes, column_of
from features.columns import FieldKind, encode, field_kinds
from features.fields import Instant, Payload, required_fields
from features.history import History
from models.bundle import load_bundle
from models.encoder import open_encoder
from models.errors import BundleError
from models.registry import Registry, tracking_uri_in_use
from models.scorer import Scorer
from models.version_record import ColumnType, SignatureColumn
from triage.clock import utc_now
from triage.domains import domains
from triage.settings import Settings

LOADER_MODULE: Final = __name__
AS_OF: Final = "as_of"
FX_RATE: Final = "fx_rate"
OUTPUTS: Final = (
    SignatureColumn("risk", "double"),
    SignatureColumn("impact", "double"),
    SignatureColumn("expected_loss", "double"),
    SignatureColumn("cause", "string"),
    SignatureColumn("cause_probability", "double"),
)
_TYPES: Final[Mapping[str, ColumnType]] = {
    "string": "string", "enum": "string", "flag": "boolean", "flags": "strings",
}  # fmt: skip
"""Of required fields. Numbers, money and dates may be given as numbers, as text or as what pandas has for them; and
pandas writes a column without any value as numbers, so an optional field may be anything. What it really is, the
payload checks."""
_INSTANT: Final[TypeAdapter[Any]] = TypeAdapter(Instant)
_RATE: Final[TypeAdapter[float]] = TypeAdapter(float)


class PayloadModel:
    """Score tables of payload rows with one model version."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Score a pandas table with the columns of `inputs`; return a table of `OUTPUTS`, row for row.

        A missing `as_of` is now, a missing `fx_rate` 1. Raises ValueError naming row, column and cure where a value
        cannot be read.
        """
        import pandas as pd

        names = [column.name for column in OUTPUTS]
        rows = [_given(row) for row in model_input.to_dict("records")]
        if not rows:
            return pd.DataFrame(columns=names, index=model_input.index)
        recipe, attributes, now = self._scorer.recipe, self._scorer.attributes, utc_now()
        kinds = field_kinds(recipe.payload)
        columns = encode(
            [_payload(recipe.payload, kinds, at, row) for at, row in enumerate(rows)],
            as_of=[_read(_INSTANT, AS_OF, at, row, now) for at, row in enumerate(rows)],
            fx_rates=[_read(_RATE, FX_RATE, at, row, 1.0) for at, row in enumerate(rows)],
        )
        own = [{attribute.name: row.get(column_of(attribute)) for attribute in attributes} for row in rows]
        columns, left_out = add_attributes(columns, own, attributes)
        for at, odd in enumerate(left_out):
            if odd:
                raise ValueError(
                    f"row {at}: attributes.{odd[0]} is {own[at][odd[0]]!r}, which the model cannot read; leave it out"
                )
        scores = self._scorer.score(
            recipe.rows(columns, History(recipe.trails)), recipe.texts(columns), reasons=False, threads=1
        )
        values = [
            (score.risk, score.impact, score.expected_loss, score.causes[0].label, score.causes[0].probability)
            for score in scores
        ]
        return pd.DataFrame(values, columns=names, index=model_input.index)


def inputs(payload: type[Payload], attributes: Sequence[Attribute]) -> tuple[SignatureColumn, ...]:
    """List the columns a version reads: payload fields, `as_of`, `fx_rate`, then the attributes it learnt with."""
    required = required_fields(payload)
    fields = [
        SignatureColumn(kind.name, _TYPES.get(kind.kind, "any"))
        if kind.name in required
        else SignatureColumn(kind.name, "any", required=False)
        for kind in field_kinds(payload)
    ]
    own = [SignatureColumn(column_of(attribute), "any", required=False) for attribute in attributes]
    around = [SignatureColumn(name, "any", required=False) for name in (AS_OF, FX_RATE)]
    return (*fields, *around, *own)


def _load_pyfunc(data_path: str) -> PayloadModel:
    """Load a version for MLflow; raise BundleError where its domain is not registered here or its features are
    others."""
    settings, bundle = Settings(), load_bundle(Path(data_path))
    domain = domains(settings.domain_modules).get(bundle.domain)
    if domain is None:
        raise BundleError(
            f"this model scores {bundle.domain}, which is no domain here; name its module in TRIAGE_DOMAIN_MODULES"
        )
    encoder = None
    if bundle.encoder is not None:
        registry = Registry(tracking_uri_in_use())
        encoder = open_encoder(registry.fetch_encoder(bundle.encoder, settings.home_folder / "encoders"))
    scorer = Scorer(bundle, domain.recipe, encoder)
    scorer.self_test()
    return PayloadModel(scorer)


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what pandas writes for a missing value, and turn arrays into lists."""
    plain = {str(name): value.tolist() if isinstance(value, np.ndarray) else value for name, value in row.items()}
    return {name: value for name, value in plain.items() if not _is_missing(value)}


def _is_missing(value: Any) -> bool:
    # Only NaN and pandas' NaT differ from themselves.
    return value is None or (not isinstance(value, list | str) and bool(value != value))


def _payload(payload: type[Payload], kinds: Sequence[FieldKind], at: int, row: Mapping[str, Any]) -> Payload:
    try:
        return payload.model_validate({kind.name: row[kind.name] for kind in kinds if kind.name in row})
    except ValidationError as error:
        raise _refused(at, error, {}) from error


def _read(adapter: TypeAdapter[Any], name: str, at: int, row: Mapping[str, Any], default: Any) -> Any:
    if name not in row:
        return default
    try:
        return adapter.validate_python(row[name])
    except ValidationError as error:
        raise _refused(at, error, {"field": name}) from error


def _refused(at: int, error: ValidationError, context: Mapping[str, str]) -> ValueError:
    first = error.errors(include_url=False)[0]
    field = context.get("field") or ".".join(map(str, first["loc"]))
    given = "missing" if first["type"] == "missing" else f"{first['input']!r}"
    return ValueError(f"row {at}: {field} is {given}: {first['msg']}")
