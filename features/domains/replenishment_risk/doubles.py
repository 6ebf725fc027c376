"""Flagged items as claims: the order or transfer proposed for an item at a site on one day."""

from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.doubles import Claim, key, keys
from features.identifiers import normal_form


def claim(payload: ReplenishmentRisk) -> Claim | None:
    """Return what is compared of a flagged item, None where nothing is proposed for it."""
    site, item = normal_form(payload.site_id, "entity"), normal_form(payload.sku, "entity")
    quantity = payload.proposed_order_qty or payload.transfer_qty
    proposed = payload.order_proposed_at
    if site is None or item is None or not quantity or proposed is None:
        return None
    kind = "order" if payload.proposed_order_qty else "transfer"
    return Claim(
        keys=keys(key(kind, site, item, proposed.isoformat())),
        number=item,
        written=payload.sku,
        amount=f"{quantity:.4f}",
    )
