"""How a simulated return looks once its cause is settled."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lab.simulators.retailer import Floats
from lab.simulators.return_fraud import parameters as tables
from lab.simulators.return_fraud.evidence import Flags, Sheet, Values, named, numbered, where_given
from lab.simulators.return_fraud.parameters import CATEGORIES, CHANNELS, FLAGS
from lab.simulators.return_fraud.wording import draw_texts
from lab.simulators.return_fraud.world import ASSOCIATES_PER_SITE, World

Objects = NDArray[np.object_]
_JURISDICTIONS: Final = ("US", "US", "US", "US", "DE", "FR")
_WITHDRAWAL_DAYS: Final = 14.0


def observe(sheet: Sheet, world: World) -> dict[str, Any]:
    """Draw every payload field of each return as the caller sees it, and `text_themes`, which is latent."""
    claim = _claims(sheet, world)
    goods = np.isin(claim, ("return", "exchange", "snad", "damaged"))
    at_counter = world.through(*tables.AT_COUNTER)
    all_seen = np.ones(world.n, dtype=bool)
    has_receipt = sheet.draw(FLAGS["has_receipt"], at_counter) | ~at_counter
    texts, themes = draw_texts(sheet, claim.tolist(), can_copy=~at_counter)
    each_piece = _unit_refunds(sheet, world)
    claimed = 1.0 + sheet.draw(tables.EXTRA_PIECES, all_seen)
    return (
        {
            "claim_type": claim,
            "reason_text": texts,
            "text_themes": themes,
            "has_receipt": has_receipt.astype(object),
            "qty_claimed": claimed,
            "refund_amount": np.round(each_piece * claimed, 2),
        }
        | _prices(sheet, each_piece, has_receipt)
        | _quantities(sheet, claimed, has_receipt)
        | _tenders(sheet, world, has_receipt)
        | _purchase(sheet, world, claim, has_receipt)
        | _goods(sheet, world, claim, goods, has_receipt)
        | _shipment(sheet, world, goods & world.through(*tables.PARCELS))
        | _parties(sheet, world)
        | _counter(sheet, world, at_counter, has_receipt)
    )


def _claims(sheet: Sheet, world: World) -> Objects:
    state = world.through(*tables.REMOTE) + 2 * world.is_faulty
    return named(tables.CLAIM_TYPES, sheet.draw(tables.CLAIM, np.ones(world.n, dtype=bool), state=state))


def _unit_refunds(sheet: Sheet, world: World) -> Floats:
    factor = sheet.draw(tables.PRICE_FACTOR, np.ones(world.n, dtype=bool))
    return np.asarray(np.round(np.maximum(world.median_price * factor, 0.01), 2), dtype=np.float64)


def _prices(sheet: Sheet, each_piece: Floats, has_receipt: Flags) -> dict[str, Any]:
    """Compare with the refund sought, which is always seen, so that one price left out hides nothing of the other."""
    rng, n = sheet.rng, sheet.n
    paid, current = sheet.given(has_receipt), sheet.given()
    low, high = np.array(tables.REFUND_TO_PAID)[sheet.draw(tables.REFUNDED, paid)].T
    promoted = rng.random(n) < 0.33
    discount = np.where(promoted, each_piece * rng.uniform(0.05, 0.6, n), 0.0)
    return {
        "unit_price_paid": _number(paid, np.round(each_piece / rng.uniform(low, high), 2)),
        "unit_price_current": _number(current, np.round(each_piece * sheet.draw(tables.PRICE_CHANGE, current), 2)),
        "unit_discount": _number(sheet.given(), np.round(discount, 2)),
        "promo_id": where_given(sheet.given(promoted), numbered("P", rng.integers(40, size=n))),
    }


def _quantities(sheet: Sheet, claimed: Floats, has_receipt: Flags) -> dict[str, Any]:
    """Compare with the line of the sale, which is found or not."""
    rng, n = sheet.rng, sheet.n
    found = sheet.given(has_receipt)
    over = sheet.draw(FLAGS["over_quantity"], found)
    already = np.where(over | (rng.random(n) < 0.07), 1.0, 0.0)
    return {
        "qty_purchased": _number(found, claimed + already + np.where(over, -1.0, rng.poisson(0.35, n))),
        "qty_already_returned": _number(found, already),
    }


def _tenders(sheet: Sheet, world: World, has_receipt: Flags) -> dict[str, Any]:
    original_seen, refund_seen = sheet.given(has_receipt), sheet.given()
    original = sheet.draw(tables.ORIGINAL_TENDER, original_seen)
    refund = sheet.draw(
        tables.REFUND_TENDER,
        refund_seen,
        state=original,
        seen_state=np.where(original_seen, original, tables.TENDER_UNKNOWN),
    )
    # Whoever is not told the tender is not told its number either: that would say it was a card.
    on_card = refund_seen & np.isin(refund, [tables.TENDERS.index(name) for name in tables.ON_CARD])
    token_seen = sheet.given(on_card)
    return {
        "refund_tender": where_given(refund_seen, named(tables.TENDERS, refund)),
        "original_tender": where_given(original_seen, named(tables.TENDERS, original)),
        "tender_token_same": where_given(token_seen, sheet.draw(FLAGS["tender_token_same"], token_seen)),
        "tender_hash": where_given(sheet.given(on_card), _of_household(world, "T")),
    }


def _purchase(sheet: Sheet, world: World, claim: Objects, has_receipt: Flags) -> dict[str, Any]:
    rng, n = sheet.rng, world.n
    purchased_seen, reprint_seen = (
        sheet.given(has_receipt),
        sheet.given(has_receipt & world.through(*tables.AT_COUNTER)),
    )
    kept_days = sheet.draw(tables.KEPT_DAYS, purchased_seen)
    bought_online = ~world.through("store")
    waits = (rng.gamma(4.0, 1.5, n), rng.exponential(0.5, n), np.full(n, 0.01))
    wait = np.select([world.through(*tables.PARCELS), world.through(*tables.REMOTE)], waits[:2], waits[2])
    asked = world.at - _days(wait)
    seller, other = world.site, (world.site + rng.integers(1, world.sites, n)) % world.sites
    seller_seen = sheet.given(has_receipt & ~bought_online)
    foreign = sheet.draw(FLAGS["foreign_site"], seller_seen)
    kinds = named(("paper", "e_receipt", "gift", "order_lookup"), rng.choice(4, n, p=(0.5, 0.3, 0.05, 0.15)))
    kinds = np.where(has_receipt, np.where(bought_online, "order_lookup", kinds), "none")
    law = named(_JURISDICTIONS, world.site % len(_JURISDICTIONS))
    in_time = purchased_seen & bought_online & (kept_days + wait <= _WITHDRAWAL_DAYS)
    right = np.where(np.isin(claim, ("snad", "damaged")), "defect_remedy", np.where(in_time, "withdrawal", "none"))
    return {
        "return_id": where_given(sheet.given(), numbered("R", rng.permutation(n))),
        "initiated_at": utc(asked),
        "purchased_at": utc(np.where(purchased_seen, asked - _days(kept_days), np.datetime64("NaT"))),
        "return_window_days": _number(sheet.given(), _window_days(world)),
        "receipt_type": where_given(sheet.given(), kinds),
        "receipt_reprinted": where_given(reprint_seen, sheet.draw(FLAGS["receipt_reprinted"], reprint_seen)),
        "original_txn_id": _receipts(sheet, world, sheet.given(has_receipt)),
        "purchase_channel": where_given(sheet.given(has_receipt), np.where(bought_online, "online", "store")),
        "purchase_site_id": where_given(seller_seen, numbered("S", np.where(foreign, other, seller))),
        "jurisdiction": where_given(sheet.given(), law),
        "statutory_right": where_given(sheet.given(), np.where(law == "US", "none", right)),
    }


def _window_days(world: World) -> Floats:
    return np.where(world.among("grocery", "beauty"), 14.0, np.where(world.among(*tables.WORN), 45.0, 30.0))


def _receipts(sheet: Sheet, world: World, seen: Flags) -> Objects:
    """Number the sales; some returns name the receipt that the household's last return named."""
    rows = np.arange(world.n)
    named_by = pd.Series(np.where(seen, rows, np.nan)).groupby(world.household)
    last = named_by.shift().groupby(world.household).ffill().fillna(-1).to_numpy(dtype=np.int64)
    possible = seen & world.is_known & (last >= 0)
    again = sheet.draw(FLAGS["same_receipt"], possible) & possible
    ids = numbered("X", sheet.rng.permutation(world.n))
    for row in np.flatnonzero(again).tolist():
        ids[row] = ids[last[row]]
    return where_given(seen, ids)


def _goods(sheet: Sheet, world: World, claim: Objects, goods: Flags, has_receipt: Flags) -> dict[str, Any]:
    rng, n = sheet.rng, world.n
    worn = world.among(*tables.WORN)
    of_claim = np.array([tables.REASON_OF_CLAIM.get(name) for name in claim], dtype=object)
    is_free = np.array([name is None for name in of_claim], dtype=bool)
    reason_seen, upstream_seen = sheet.given(), sheet.given()
    reason = named(tables.REASONS, sheet.draw(tables.REASON, reason_seen & is_free))
    upstream = named(tables.UPSTREAM, sheet.draw(tables.UPSTREAM_ANSWER, upstream_seen))
    looked_at, serial_seen = sheet.given(goods & ~world.through(*tables.REMOTE)), sheet.given(has_receipt & goods)
    serial_seen &= world.among("electronics", "tools")
    differs = sheet.draw(FLAGS["serial_mismatch"], serial_seen)
    serial, other = rng.integers(10**8, 10**9, n), rng.integers(10**9, 10**10, n)
    tags_seen, packaging_seen, sizes_seen = sheet.given(worn & goods), sheet.given(~worn & goods), sheet.given(worn)
    with_photos = sheet.given(np.isin(claim, ("snad", "damaged", "missing_item")))
    return {
        "sku": numbered("A", world.article),
        "category": named(CATEGORIES, world.category),
        "high_risk_category": world.among(*tables.HIGH_RISK).astype(object),
        "product_flags": _product_flags(rng, world),
        "reason_code": where_given(reason_seen, np.where(is_free, reason, of_claim)),
        "upstream_authorization": where_given(upstream_seen, upstream),
        "condition_grade": where_given(looked_at, named(tables.CONDITIONS, sheet.draw(tables.CONDITION, looked_at))),
        "tags_attached": where_given(tags_seen, sheet.draw(FLAGS["tags_attached"], tags_seen)),
        "packaging_opened": where_given(packaging_seen, sheet.draw(FLAGS["packaging_opened"], packaging_seen)),
        "serial_number_sold": where_given(serial_seen, numbered("SN", serial)),
        "serial_number_returned": where_given(serial_seen, numbered("SN", np.where(differs, other, serial))),
        "sizes_in_order": _number(sizes_seen, 1.0 + sheet.draw(tables.EXTRA_SIZES, sizes_seen)),
        "photo_count": _number(with_photos, rng.poisson(1.4, n)),
    }


def _product_flags(rng: np.random.Generator, world: World) -> list[tuple[str, ...]]:
    draw = rng.random(world.n)
    hygiene = world.among("beauty") & (draw < 0.1)
    return [
        ("hygiene",) if regulated else ("recalled",) if drawn > 0.998 else ()
        for regulated, drawn in zip(hygiene.tolist(), draw.tolist(), strict=True)
    ]


def _shipment(sheet: Sheet, world: World, shipped: Flags) -> dict[str, Any]:
    rng, n = sheet.rng, world.n
    expected = np.round(900.0 * rng.lognormal(0.0, 0.8, n))
    weighed, scan_seen, proof_seen = sheet.given(shipped), sheet.given(shipped), sheet.given(~world.through("store"))
    return {
        "expected_weight_g": _number(weighed, expected),
        "carrier_weight_g": _number(weighed, np.round(expected * sheet.draw(tables.WEIGHT, weighed), 1)),
        "label_tracking_id": where_given(sheet.given(shipped), numbered("1Z", rng.permutation(n))),
        "scan_status": where_given(scan_seen, named(tables.SCANS, sheet.draw(tables.SCAN, scan_seen))),
        "delivery_proof": where_given(proof_seen, named(tables.PROOFS, sheet.draw(tables.PROOF, proof_seen))),
    }


def _parties(sheet: Sheet, world: World) -> dict[str, Any]:
    """Name who comes. A household's address and customer number are never left out: by them it is recognised."""
    rng, n, known = sheet.rng, world.n, world.is_known
    remote = known & ~world.through("store")
    verified_seen, linked_seen = sheet.given(), sheet.given()
    verified = sheet.draw(FLAGS["id_verified"], verified_seen)
    spend = (1_500.0 * rng.lognormal(0.0, 0.8, int(world.household.max()) + 1))[world.household]
    return {
        "customer_id_hash": where_given(known, numbered("C", world.customer)),
        "guest": (~known).astype(object),
        "account_created_at": utc(world.opened),
        "id_verified": where_given(verified_seen, np.where(verified, "government_id", "none")),
        "customer_spend_365d": _number(sheet.given(known), np.round(spend * rng.lognormal(0.0, 0.2, n), 2)),
        "customer_margin_365d": _number(sheet.given(known), np.round(spend * rng.normal(0.25, 0.15, n), 2)),
        "overturned_denials": _number(sheet.given(known), rng.poisson(0.01, n)),
        "orc_linked": where_given(linked_seen, sheet.draw(FLAGS["orc_linked"], linked_seen)),
        "device_hash": where_given(sheet.given(remote), _of_household(world, "D")),
        "address_hash": where_given(known, _of_household(world, "H")),
        "phone_hash": where_given(sheet.given(remote | (known & (rng.random(n) < 0.5))), _of_household(world, "N")),
    }


def _counter(sheet: Sheet, world: World, at_counter: Flags, has_receipt: Flags) -> dict[str, Any]:
    rng, n = sheet.rng, world.n
    keyed_seen = sheet.given(at_counter)
    keyed = sheet.draw(FLAGS["keyed"], keyed_seen)
    manager = numbered("E", world.site * ASSOCIATES_PER_SITE)
    signs = {}
    for name in ("customer_present", "after_close", "refund_to_associate"):
        seen = sheet.given(at_counter)
        signs[name] = where_given(seen, sheet.draw(FLAGS[name], seen))
    return signs | {
        "channel": named(CHANNELS, world.channel),
        "site_id": numbered("S", world.site),
        "register_id": where_given(sheet.given(at_counter), numbered("REG", rng.integers(1, 7, n))),
        "associate_id_hash": where_given(sheet.given(at_counter), numbered("E", world.associate)),
        "approver_id_hash": where_given(sheet.given(at_counter & (rng.random(n) < 0.02)), manager),
        "item_entry": where_given(keyed_seen, np.where(keyed, "keyed", "scanned")),
    }


def utc(moments: NDArray[np.datetime64]) -> "pd.Series[pd.Timestamp]":
    """Mark instants as UTC; NaT where missing."""
    marked: pd.Series[pd.Timestamp] = pd.Series(moments).dt.tz_localize("UTC")
    return marked


def _of_household(world: World, prefix: str) -> Objects:
    """Return each household an identifier of its own; a guest gets one that is never used again."""
    return numbered(prefix, np.where(world.is_known, world.household, world.n + np.arange(world.n)))


def _number(seen: Flags, values: Values) -> Floats:
    return np.where(seen, values, np.nan)


def _days(count: Floats) -> NDArray[np.timedelta64]:
    """Turn days into a span of whole seconds."""
    return (count * 86_400.0).astype("timedelta64[s]")
