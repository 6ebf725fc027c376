"""Tiny synthetic tables of questions that no built-in domain asks, each with an outcome that can be learnt."""

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

START: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
Row = dict[str, Any]


def _ticket(rng: np.random.Generator, at: int, moment: datetime) -> Row:
    team, hours = f"TEAM-{rng.integers(6)}", float(rng.choice([4, 8, 24, 72]))
    backlog = int(rng.poisson(12))
    late = rng.random() < 0.05 + 0.9 * (backlog > 13) * (hours < 24)
    device = rng.choice(["Till", "Printer", "Router"])
    return {
        "Ticket No": f"T{at:05d}", "openedAt": moment.isoformat(), "team": team, "queue_backlog": backlog,
        "target_hours": hours, "channel": str(rng.choice(["phone", "mail", "portal"])),
        "short_text": f"{device} in lane {at % 9} does not answer since this morning",
        "sla_breached": "Yes" if late else "No",
    }  # fmt: skip


def _delivery(rng: np.random.Generator, at: int, moment: datetime) -> Row:
    distance = round(float(rng.gamma(3, 120)), 1)
    late = rng.random() < 0.05 + 0.85 * (distance > 420)
    return {
        "order_no": f"SO-{at}", "ordered_on": moment.date().isoformat(), "carrier": f"CAR-{rng.integers(20)}",
        "promised_on": (moment + timedelta(days=int(rng.integers(1, 6)))).date().isoformat(),
        "order_value": f"{rng.lognormal(4, 0.6):.2f}", "distance_km": distance, "remote_area": int(rng.integers(2)),
        "late": int(late),
    }  # fmt: skip


def _adjustment(rng: np.random.Generator, at: int, moment: datetime) -> Row:
    expected = int(rng.integers(20, 200))
    cause = str(rng.choice(["count_error", "damage", "theft"], p=[0.6, 0.25, 0.15]))
    off = {"count_error": rng.normal(0, 3), "damage": -rng.gamma(2, 4), "theft": -rng.gamma(6, 8)}[cause]
    return {
        "adjustment": f"ADJ{at}", "booked_at": moment.isoformat(), "store": f"S-{rng.integers(30)}",
        "expected_units": expected, "counted_units": max(0, expected + round(float(off))),
        "unit_cost": f"{rng.lognormal(2, 0.5):.2f}", "reason_given": str(rng.choice(["recount", "broken", "unknown"])),
        "finding": cause,
    }  # fmt: skip


def _promotion(rng: np.random.Generator, at: int, moment: datetime) -> Row:
    expected = round(float(rng.lognormal(5, 0.4)), 1)
    executed = rng.random() < 0.75
    return {
        "check": f"PX-{at}", "checked_on": moment.strftime("%d.%m.%Y"), "store": f"S-{rng.integers(40)}",
        "promotion": f"P-{rng.integers(18)}", "expected_units": expected,
        "sold_units": round(float(expected * (rng.normal(1.0, 0.1) if executed else rng.normal(0.5, 0.15))), 1),
        "display_photo": str(rng.choice(["yes", "no"])), "outcome": "executed" if executed else "not executed",
    }  # fmt: skip


def _checkout(rng: np.random.Generator, at: int, moment: datetime) -> Row:
    skipped = int(rng.poisson(0.8))
    fraud = rng.random() < 0.02 + 0.4 * (skipped >= 2)
    return {
        "basket": 900_000 + at, "paid_at": moment.isoformat(), "lane": f"SCO-{rng.integers(25)}",
        "basket_total": f"{rng.lognormal(3, 0.6):.2f}", "scans_cancelled": skipped,
        "weight_warnings": int(rng.poisson(0.5 + skipped)), "loyalty_card": str(bool(rng.integers(2))),
        "fraud": "true" if fraud else "false",
    }  # fmt: skip


TABLES: Final[Mapping[str, tuple[Callable[[np.random.Generator, int, datetime], Row], str, tuple[str, ...]]]] = {
    "sla_breach": (_ticket, "sla_breached", ()),
    "order_lateness": (_delivery, "late", ()),
    "inventory_adjustment": (_adjustment, "finding", ("theft",)),
    "promotion_execution": (_promotion, "outcome", ("not executed",)),
    "checkout_fraud": (_checkout, "fraud", ()),
}
"""Each question: what draws a row, the column of its outcome, and the values that are wrong where it is not yes or
no."""


def write_own_table(name: str, folder: Path, *, rows: int = 400, seed: int = 7, start: datetime = START) -> Path:
    """Write a table as CSV, a case every three hours; give its file."""
    draw = TABLES[name][0]
    rng = np.random.default_rng(seed)
    drawn = [draw(rng, at, start + timedelta(hours=3 * at)) for at in range(rows)]
    file = folder / f"{name}.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        table = csv.DictWriter(opened, list(drawn[0]))
        table.writeheader()
        table.writerows(drawn)
    return file
