"""How a simulated return looks once its cause is settled."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.simulators import return_fraud_tables as tables
from training.simulators.retailer import Codes, pick
from training.simulators.return_fraud_tables import CATEGORIES, CAUSES, CHANNELS, TYPES, per_cause
from training.simulators.return_fraud_text import write
from training.simulators.return_fraud_world import ASSOCIATES_PER_SITE, Flags, World, days

Objects = NDArray[np.object_]
_JURISDICTIONS = ("US", "US", "US", "US", "DE", "FR")


def observe(rng: np.random.Generator, world: World, cause: Codes, flags: dict[str, Flags]) -> dict[str, Any]:
    """Draw every payload field of each return from the tables, complete, and `text_themes`, which is latent."""
    claim = _claim_types(rng, world, cause)
    at_counter, parcel = world.through(*tables.AT_COUNTER), world.through(*tables.PARCELS)
    flags = flags | {"has_receipt": flags["has_receipt"] | ~at_counter}
    goods = np.isin(claim, ("return", "exchange", "snad", "damaged"))
    copied = flags["copied_words"] & ~at_counter
    texts, themes = write(rng, causes=[CAUSES[code] for code in cause], claims=claim.tolist(), copied=copied.tolist())
    return (
        {"claim_type": claim, "reason_text": texts, "text_themes": themes}
        | _money(rng, world, cause, flags)
        | _tenders(rng, world, cause, flags)
        | _purchase(rng, world, cause, flags, claim)
        | _goods(rng, world, cause, flags, claim, goods)
        | _shipment(rng, world, cause, flags, parcel & goods)
        | _parties(rng, world, flags)
        | _counter(rng, world, flags, at_counter)
    )


def _claim_types(rng: np.random.Generator, world: World, cause: Codes) -> Objects:
    near = np.array([tables.CLAIM_TYPE[name] for name in CAUSES])
    remote = np.array([tables.REMOTE_CLAIM_TYPE[name] for name in CAUSES])
    chances = np.where(world.through("online", "call_center")[:, None], remote[cause], near[cause])
    # A faulty article makes honest customers claim; whoever cheats claims regardless of it.
    fault = np.where(cause == 0, world.fault_rate, 0.0)[:, None]
    chances = (1 - fault) * chances + fault * np.array(tables.FAULTY_CLAIM_TYPE)
    return np.array(tables.CLAIM_TYPES, dtype=object)[pick(rng, chances)]


def _money(rng: np.random.Generator, world: World, cause: Codes, flags: dict[str, Flags]) -> dict[str, Any]:
    n = world.n
    median = np.array([tables.MEDIAN_PRICE[name] for name in CATEGORIES])[world.category]
    paid = np.round(
        np.maximum(1.0, median * per_cause(tables.PRICE_FACTOR)[cause] * rng.lognormal(0, tables.PRICE_SPREAD, n)), 2
    )
    claimed = 1.0 + rng.poisson(per_cause(tables.EXTRA_PIECES)[cause])
    already = np.where(rng.random(n) < 0.07, 1.0, 0.0)
    purchased = claimed + already + rng.poisson(0.35, n)
    purchased = np.where(flags["over_quantity"], np.maximum(claimed + already - 1.0, 1.0), purchased)
    claimed = np.where(flags["over_quantity"] & (claimed + already <= purchased), claimed + 1.0, claimed)
    share = np.where(
        flags["overpaid"], rng.uniform(1.05, 1.5, n), np.where(rng.random(n) < 0.05, rng.uniform(0.85, 1, n), 1.0)
    )
    change = per_cause(tables.PRICE_CHANGE)[cause] * rng.lognormal(0, tables.PRICE_CHANGE_SPREAD, n)
    promoted = rng.random(n) < 0.33
    return {
        "unit_price_paid": paid,
        "unit_price_current": np.round(paid * change, 2),
        "unit_discount": np.where(promoted, np.round(paid * rng.uniform(0.05, 0.6, n), 2), 0.0),
        "promo_id": _where(promoted, _ids("P", rng.integers(40, size=n))),
        "qty_claimed": claimed,
        "qty_purchased": purchased,
        "qty_already_returned": already,
        "refund_amount": np.round(paid * claimed * share, 2),
    }


def _tenders(rng: np.random.Generator, world: World, cause: Codes, flags: dict[str, Flags]) -> dict[str, Any]:
    table = np.array([tables.ORIGINAL_TENDER[name] for name in CAUSES])
    original = np.array(tables.TENDERS, dtype=object)[pick(rng, table[cause])]
    refund = np.where(flags["store_credit"], "store_credit", np.where(flags["cash_asked"], "cash", original)).astype(
        object
    )
    on_card = np.isin(refund, ("card", "bnpl", "gift_card"))
    token = _ids("T", world.customer)
    own_card = flags["found_tender"] & (cause == CAUSES.index("employee_or_collusion"))
    token = np.where(flags["found_tender"], _ids("TX", rng.integers(max(2, world.n // 800), size=world.n)), token)
    token = np.where(own_card, _ids("TA", world.associate), token)
    return {
        "refund_tender": refund,
        "original_tender": _where(flags["has_receipt"], original),
        "tender_token_same": _where(on_card, flags["tender_token_same"]),
        "tender_hash": _where(on_card, token),
    }


def _purchase(
    rng: np.random.Generator, world: World, cause: Codes, flags: dict[str, Flags], claim: Objects
) -> dict[str, Any]:
    n, has = world.n, flags["has_receipt"]
    kept_days = np.maximum(0.02, per_cause(tables.DAYS_TO_RETURN)[cause] * rng.lognormal(0, tables.DAYS_SPREAD, n))
    bought_online = ~world.through("store")
    wait = np.where(
        world.through("store", "boris"),
        0.01,
        np.where(world.through("mail", "locker"), rng.gamma(4, 1.5, n), rng.exponential(0.5, n)),
    )
    law = np.array(_JURISDICTIONS, dtype=object)[world.site % len(_JURISDICTIONS)]
    european = law != "US"
    remedy = np.isin(claim, ("snad", "damaged"))
    right = np.where(
        european & remedy, "defect_remedy", np.where(european & bought_online & (kept_days <= 14), "withdrawal", "none")
    )
    kinds = np.array(("paper", "e_receipt", "gift", "order_lookup"), dtype=object)[
        rng.choice(4, n, p=(0.5, 0.3, 0.05, 0.15))
    ]
    return {
        "return_id": _ids("R", np.arange(n)),
        "initiated_at": utc(world.at - days(np.minimum(wait, kept_days))),
        "purchased_at": utc(np.where(has, world.at - days(kept_days), np.datetime64("NaT"))),
        "return_window_days": np.where(
            world.among("grocery", "beauty"), 14.0, np.where(world.among(*tables.WORN), 45.0, 30.0)
        ),
        "has_receipt": has.astype(object),
        "receipt_type": np.where(has, np.where(bought_online, "order_lookup", kinds), "none").astype(object),
        "original_txn_id": _where(has, _receipts(world, flags)),
        "purchase_channel": _where(has, np.where(bought_online, "online", "store")),
        "purchase_site_id": _where(
            has & ~bought_online,
            _ids("S", np.where(flags["foreign_site"], rng.integers(world.site.max() + 1, size=n), world.site)),
        ),
        "jurisdiction": law,
        "statutory_right": right.astype(object),
    }


def _receipts(world: World, flags: dict[str, Flags]) -> Objects:
    """Number the sales; some returns name the receipt of the customer's last return, or of a stranger's of that article."""
    ids = _ids("X", np.arange(world.n))
    order = pd.Series(np.arange(world.n))
    of_customer = order.groupby(world.customer).shift().fillna(-1).astype(np.int64).to_numpy()
    of_article = order.groupby(world.sku).shift().fillna(-1).astype(np.int64).to_numpy()
    source = np.where(flags["found_receipt"], of_article, np.where(flags["same_receipt"], of_customer, -1))
    for row in np.flatnonzero(source >= 0):
        ids[row] = ids[source[row]]
    return ids


def _goods(
    rng: np.random.Generator, world: World, cause: Codes, flags: dict[str, Flags], claim: Objects, goods: Flags
) -> dict[str, Any]:
    n = world.n
    condition = pick(rng, np.array([tables.CONDITION[name] for name in CAUSES])[cause])
    reason = np.array(tables.REASONS, dtype=object)[
        pick(rng, np.array([tables.REASON[name] for name in CAUSES])[cause])
    ]
    of_claim = np.array([tables.REASON_OF_CLAIM.get(name) for name in claim], dtype=object)
    upstream = pick(rng, np.array([tables.UPSTREAM_ANSWER[name] for name in CAUSES])[cause])
    serial, other = _ids("SN", rng.integers(10**9, size=n)), _ids("SN", rng.integers(10**9, size=n))
    has_serial = world.among("electronics", "tools") & goods & flags["has_receipt"]
    worn = world.among(*tables.WORN)
    no_photo = ~np.isin(claim, ("snad", "damaged", "missing_item"))
    extra = rng.poisson(per_cause(tables.EXTRA_SIZES)[cause])
    return {
        "sku": _ids("A", world.sku),
        "category": np.array(CATEGORIES, dtype=object)[world.category],
        "high_risk_category": world.among(*tables.HIGH_RISK).astype(object),
        "product_flags": _product_flags(rng, world),
        "reason_code": np.where(of_claim == None, reason, of_claim),  # noqa: E711 - elementwise
        "upstream_authorization": np.array(tables.UPSTREAM, dtype=object)[upstream],
        "condition_grade": _where(
            goods & ~world.through("online", "call_center"), np.array(tables.CONDITIONS, dtype=object)[condition]
        ),
        "tags_attached": _where(worn & goods, flags["tags_attached"]),
        "packaging_opened": _where(~worn & goods, flags["packaging_opened"]),
        "serial_number_sold": _where(has_serial, serial),
        "serial_number_returned": _where(has_serial, np.where(flags["serial_mismatch"], other, serial)),
        "sizes_in_order": np.where(worn, 1.0 + extra, np.nan),
        "photo_count": np.where(no_photo, np.nan, rng.poisson(1.4, n)),
    }


def _product_flags(rng: np.random.Generator, world: World) -> list[tuple[str, ...]]:
    draw = rng.random(world.n)
    hygiene = world.among("beauty") & (draw < 0.1)
    return [
        ("hygiene",) if regulated else ("recalled",) if chance > 0.998 else ()
        for regulated, chance in zip(hygiene.tolist(), draw.tolist(), strict=True)
    ]


def _shipment(
    rng: np.random.Generator, world: World, cause: Codes, flags: dict[str, Flags], shipped: Flags
) -> dict[str, Any]:
    n = world.n
    expected = np.round(900 * rng.lognormal(0, 0.8, n))
    share = np.maximum(0.03, rng.normal(per_cause(tables.WEIGHT)[cause], per_cause(tables.WEIGHT_SPREAD)[cause]))
    tracking = _ids("1Z", np.arange(n))
    found = np.flatnonzero(flags["found_tracking"])
    tracking[found] = _ids("1ZX", rng.integers(max(2, n // 2_000), size=len(found)))
    scan = np.array(tables.SCANS, dtype=object)[pick(rng, np.array([tables.SCAN[name] for name in CAUSES])[cause])]
    proof = np.array(tables.PROOFS, dtype=object)[pick(rng, np.array([tables.PROOF[name] for name in CAUSES])[cause])]
    return {
        "expected_weight_g": np.where(shipped, expected, np.nan),
        "carrier_weight_g": np.where(shipped, np.round(expected * share), np.nan),
        "label_tracking_id": _where(shipped, tracking),
        "scan_status": _where(shipped, scan),
        "delivery_proof": _where(~world.through("store"), proof),
    }


def _parties(rng: np.random.Generator, world: World, flags: dict[str, Flags]) -> dict[str, Any]:
    n, remote = world.n, ~world.through("store")
    guest = rng.random(n) < 0.15
    in_ring = world.kind == TYPES.index("ring")
    household = np.where(in_ring, _ids("HR", world.ring), _ids("H", world.customer))
    device = np.where(in_ring & (rng.random(n) < 0.6), _ids("DR", world.ring), _ids("D", world.customer))
    margin = world.spend * rng.normal(0.25, 0.15, n)
    known = ~guest
    return {
        "customer_id_hash": _where(known, _ids("C", world.customer)),
        "guest": guest.astype(object),
        "account_created_at": utc(np.where(known, world.opened, np.datetime64("NaT"))),
        "id_verified": np.where(flags["id_verified"], "government_id", "none").astype(object),
        "customer_spend_365d": np.where(known, np.round(world.spend * rng.lognormal(0, 0.2, n), 2), np.nan),
        "customer_margin_365d": np.where(known, np.round(margin, 2), np.nan),
        "overturned_denials": np.where(known, rng.poisson(0.01, n), np.nan),
        "orc_linked": flags["orc_linked"].astype(object),
        "device_hash": _where(remote, device),
        "address_hash": _where(remote | (rng.random(n) < 0.3), household),
        "phone_hash": _where(remote | (rng.random(n) < 0.5), np.where(rng.random(n) < 0.7, household, device)),
    }


def _counter(rng: np.random.Generator, world: World, flags: dict[str, Flags], at_counter: Flags) -> dict[str, Any]:
    n = world.n
    manager = _ids("E", world.site * ASSOCIATES_PER_SITE)
    return {
        "channel": np.array(CHANNELS, dtype=object)[world.channel],
        "site_id": _ids("S", world.site),
        "register_id": _where(at_counter, _ids("REG", rng.integers(1, 7, n))),
        "associate_id_hash": _where(at_counter, _ids("E", world.associate)),
        "approver_id_hash": _where(at_counter & (rng.random(n) < 0.02), manager),
        "item_entry": _where(at_counter, np.where(flags["keyed"], "keyed", "scanned")),
        "receipt_reprinted": _where(at_counter & flags["has_receipt"], flags["receipt_reprinted"]),
        "customer_present": _where(at_counter, flags["customer_present"]),
        "after_close": _where(at_counter, flags["after_close"]),
        "refund_to_associate": _where(at_counter, flags["refund_to_associate"]),
    }


def utc(moments: NDArray[np.datetime64]) -> "pd.Series[pd.Timestamp]":
    """Mark instants as UTC; NaT where missing."""
    marked: pd.Series[pd.Timestamp] = pd.Series(moments).dt.tz_localize("UTC")
    return marked


def _ids(prefix: str, numbers: Codes) -> Objects:
    return np.array([f"{prefix}{number}" for number in numbers.tolist()], dtype=object)


def _where(known: Flags, values: NDArray[Any]) -> Objects:
    kept = np.array(values, dtype=object)
    kept[~known] = None
    return kept
