"""What planners and stores write: phrases by topic, topics by cause. Causes share topics, so no phrase names a
cause."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.replenishment_risk.evidence import Category, Scene
from lab.simulators.replenishment_risk.parameters import CAUSES
from lab.simulators.retailer import misspell

TOPICS: Final[Mapping[str, Sequence[str]]] = {
    "silent": ("", ),
    "empty_shelf": (
        "shelf empty, system still shows stock", "gap on shelf since this morning, sys says we have some",
        "facing empty again pls check",
        "customer asked, nothing on shelf", "no product on shelf, OH looks ok",
    ),
    "not_found": (
        "can't find it anywhere, backroom checked", "looked in the back, nothing there", "count was off last time too",
        "searched twice, stock not here",
        "OH wrong i think, pls count",
    ),
    "in_back": (
        "still on the cage in the back", "delivery not worked out yet, short staffed", "pallet behind freezer not "
        "unpacked", "stock is in back, no time to fill",
        "backroom full, shelf gap",
    ),
    "promo": (
        "flyer item flying out", "promo selling way faster than plan", "display almost gone after 2 days",
        "ad started, need more pls",
        "promo uplift too low again",
    ),
    "hot": (
        "selling like crazy this week", "heat wave, all gone by noon", "match day, need double",
        "school event nearby cleared us out",
        "went viral on tiktok, customers asking", "selling more than fcst for weeks",
    ),
    "late": (
        "truck did not show", "vendor says next week now", "PO past due, no answer from supplier",
        "delivery promised tuesday still not here",
        "supplier late again",
    ),
    "short": (
        "got 3 of 10 cases", "vendor shorted us again", "invoice full but cases missing", "only part of order came",
        "supplier confirms half only",
    ),
    "dc": ("DC says on allocation", "DC out, cut from the load", "warehouse cut line again", "dc zero til next "
    "inbound", "allocated to other stores"),
    "order": (
        "order never went through", "proposal sitting in approval", "missed cut off yesterday",
        "buyer has not released PO", "no order created, pls check",
    ),
    "parameters": (
        "min is set to 0 ??", "pack size changed to 24, way too big", "order calendar wrong for this store",
        "reorder point too low always runs out",
        "lead time in system is wrong",
    ),
    "truck": ("trailer stuck at carrier hub", "transfer from neighbour store not arrived", "carrier delay, no new "
    "scan", "load rolled to tomorrow"),
    "record": ("negative on hand after sale", "received but not booked in", "we have more than system says",
    "tills not synced since morning", "stock file looks old"),
    "quality": ("pulled from shelf, QA notice", "do not sell, hold", "recall notice recieved",
    "batch on hold til lab result"),
    "general": ("pls check", "running low", "need this item", "low stock, please advise", "out by weekend at this "
    "rate", "pls expedite"),
}  # fmt: skip

TOPIC_WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "promo_uplift_underforecast": {"silent": 45, "promo": 27, "hot": 10, "general": 12, "empty_shelf": 4, "dc": 2},
    "demand_spike": {"silent": 48, "hot": 27, "promo": 5, "general": 14, "empty_shelf": 5, "late": 1},
    "forecast_bias": {"silent": 60, "hot": 11, "parameters": 8, "general": 17, "empty_shelf": 4},
    "phantom_inventory": {"silent": 48, "empty_shelf": 20, "not_found": 16, "in_back": 3, "record": 4, "general": 9},
    "hidden_or_negative_stock": {"silent": 50, "record": 26, "not_found": 7, "in_back": 5, "general": 12},
    "shelf_gap_backroom": {"silent": 52, "empty_shelf": 20, "in_back": 16, "not_found": 4, "general": 8},
    "order_parameter_error": {"silent": 58, "parameters": 16, "order": 9, "general": 14, "short": 2},
    "order_not_released": {"silent": 52, "order": 30, "parameters": 4, "general": 12, "late": 2},
    "supplier_short_ship": {"silent": 48, "short": 28, "late": 7, "dc": 5, "general": 12},
    "supplier_late": {"silent": 45, "late": 30, "truck": 6, "short": 5, "general": 14},
    "dc_shortage_allocation": {"silent": 50, "dc": 27, "short": 10, "late": 3, "general": 10},
    "transport_or_transfer_delay": {"silent": 47, "truck": 27, "late": 16, "general": 10},
    "integration_lag": {"silent": 55, "record": 25, "not_found": 5, "order": 5, "general": 10},
    "recall_or_quality_hold": {"silent": 40, "quality": 50, "empty_shelf": 4, "general": 6},
    "false_alarm": {"silent": 70, "general": 18, "empty_shelf": 4, "in_back": 4, "record": 4},
}  # fmt: skip

_PHRASES: Final = tuple(dict.fromkeys(phrase for phrases in TOPICS.values() for phrase in phrases))


def phrase_weights() -> NDArray[np.float64]:
    """Return P(phrase | cause), shape (15, number of phrases): the sum over the topics that contain the phrase."""
    weights = np.zeros((len(CAUSES), len(_PHRASES)))
    for cause, topics in TOPIC_WEIGHTS.items():
        for topic, weight in topics.items():
            for phrase in TOPICS[topic]:
                share = weight / sum(topics.values()) / len(TOPICS[topic])
                weights[CAUSES.index(cause), _PHRASES.index(phrase)] += share
    return weights


def write_notes(scene: Scene) -> list[str | None]:
    """Draw what was written of each case, None where nothing was; typing errors say nothing about the cause."""
    chosen = scene.show(Category(scene.own(phrase_weights())))
    return [text or None for text in misspell(scene.rng, [_PHRASES[code] for code in chosen])]
