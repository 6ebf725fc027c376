"""A small domain to learn: late deliveries, with a category, a flag, money, an entity's history and a telling text."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import Field

from features.arithmetic import hundredths, shrunk_rate
from features.columns import Column, Columns, encode
from features.fields import Count, Id, Money, Payload, Text
from features.history import Trail
from features.recipe import Feature, Past, Recipe
from training.tables.dataset import Dataset

LABELS: Final = ("harmless", "lost", "stolen")
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SHARES: Final = np.array([0.6, 0.25, 0.15])
WRONG: Final = np.array([0.05, 0.5, 0.9])
_TEXTS: Final = {
    "harmless": ("driver delayed by traffic near {}", "arrives tomorrow in {}"),
    "lost": ("parcel cannot be found at depot {}", "scan missing since {}"),
    "stolen": ("seal broken, goods gone at {}", "driver reports theft in {}"),
}


class LateDelivery(Payload):
    domain: Literal["late_delivery"] = "late_delivery"
    carrier_id: Id
    value: Annotated[Money, Field(title="Value")]
    days_late: Count
    reason: Literal["weather", "traffic", "unknown"] | None = None
    sealed: bool | None = None
    note: Text | None = None


def build(columns: Columns, past: Past) -> Mapping[str, Column]:
    own = {name: columns[name] for name in ("value", "days_late", "reason", "sealed")}
    rate = shrunk_rate(past["carrier_wrong_365d"], past["carrier_labelled_365d"], prior=0.2, strength=5.0)
    return own | {"carrier_wrong_rate": rate}


RECIPE: Final = Recipe(
    payload=LateDelivery,
    text_fields=("note",),
    trails=(Trail(name="carrier", key=("carrier_id",), windows_days=(30, 365)),),
    measures=lambda columns: {"value": hundredths(columns["value"])},
    features=(
        Feature(name="value", title="value of the goods", family="money", sources=("value",), unit="money"),
        Feature(name="days_late", title="days late", family="timing", sources=("days_late",), unit="days"),
        Feature(
            name="reason", title="stated reason", family="reason", sources=("reason",), kind="category",
            vocabulary=("weather", "traffic", "unknown"),
        ),
        Feature(name="sealed", title="seal intact", family="seal", sources=("sealed",)),
        Feature(name="carrier_wrong_rate", title="share wrong for this carrier", family="carrier history",
        sources=("carrier",), unit="fraction"),
    ),
    build=build,
    money_at_stake=lambda columns: columns["value"],
)  # fmt: skip


def make_dataset(
    rows: int = 600, *, seed: int = 1, with_text: bool = True, hours_apart: float = 6.0, delay_days: float = 5.0
) -> Dataset:
    """Draw a data set whose cause, risk and loss can be learnt; `hours_apart` 0 gives a snapshot of one date."""
    rng = np.random.default_rng(seed)
    cause = rng.choice(3, rows, p=SHARES)
    late = rng.poisson(1 + 3 * cause)
    value = np.round(rng.lognormal(4, 1, rows), 2)
    wrong = (rng.random(rows) < WRONG[cause]).astype(float)
    moments = [START + timedelta(hours=hours_apart * at) for at in range(rows)]
    payloads = [
        LateDelivery(
            carrier_id=f"C{rng.integers(8)}",
            value=f"{value[at]:.2f}",
            days_late=int(late[at]),
            reason=("weather", "traffic", "unknown", None)[int(rng.integers(4))],
            sealed=None if rng.random() < 0.1 else bool(rng.random() < (0.2 if cause[at] == 2 else 0.9)),
            note=_note(rng, LABELS[cause[at]]) if with_text and rng.random() < 0.6 else None,
        )
        for at in range(rows)
    ]
    columns = encode(payloads, as_of=moments)
    return Dataset(
        domain="late_delivery",
        recipe=RECIPE,
        attributes=(),
        labels=LABELS,
        exception_ids=[f"LATE-{seed}-{at}" for at in range(rows)],
        columns=columns,
        cause=[LABELS[code] for code in cause],
        wrong=wrong,
        loss=np.where(wrong == 1, np.round(value * rng.uniform(0.5, 1.5, rows), 2), 0.0),
        known_at=columns.as_of + delay_days * 86_400.0,
        label_sources=["outcome"] * rows,
        origin=f"simulated, seed {seed}",
        synthetic=True,
        fingerprint=hashlib.sha256(f"{rows} {seed}".encode()).hexdigest(),
    )


def _note(rng: np.random.Generator, label: str) -> str:
    templates = _TEXTS[label]
    return templates[rng.integers(len(templates))].format(f"hall {rng.integers(90)}")
