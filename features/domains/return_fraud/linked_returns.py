"""Features of earlier returns with the same card, device, address, phone, associate, site or article."""

from typing import Final

import numpy as np

from features.arithmetic import flag, ratio, shrunk_rate
from features.columns import Column
from features.declaration import FeatureGroup, Texts, Window
from features.domains.return_fraud.claim_codes import KEYED
from features.domains.return_fraud.trails import PRIOR_WRONG

F: Final = FeatureGroup()


@F.feature("Customer's returns at other sites in 7 days", family="velocity", unit="count")
def other_site_returns_7d(customer_count_7d: Column, customer_at_site_count_7d: Column, site_id: Texts) -> Column:
    at_known_site = np.array([site is not None for site in site_id])
    return np.where(at_known_site, customer_count_7d - customer_at_site_count_7d, np.nan)


@F.feature("Returns to this card in 30 days", family="velocity", unit="count")
def tender_returns_30d(tender_count_30d: Column) -> Column:
    return tender_count_30d


@F.feature("Returns from this device in 30 days", family="velocity", unit="count")
def device_returns_30d(device_count_30d: Column) -> Column:
    return device_count_30d


@F.feature("Returns by others from this address in 30 days", family="velocity", unit="count")
def address_others_30d(address_count_30d: Column, customer_count_30d: Column) -> Column:
    return np.maximum(address_count_30d - customer_count_30d, 0.0)


@F.feature("Confirmed fraud or abuse on card, device, address or phone", family="velocity", unit="fraction")
def linked_wrong_rate(tender: Window, device: Window, address: Window, phone: Window) -> Column:
    linked = (tender, device, address, phone)
    wrong, labelled = (np.sum([one[total] for one in linked], axis=0) for total in ("wrong_365d", "labelled_365d"))
    return shrunk_rate(wrong, labelled, prior=PRIOR_WRONG, strength=8.0)


@F.feature("Signs of collusion at the till", family="associate", unit="count")
def associate_signs(
    item_entry: Column,
    customer_present: Column,
    receipt_reprinted: Column,
    after_close: Column,
    refund_to_associate: Column,
) -> Column:
    signs = (item_entry == KEYED, customer_present == 0.0, receipt_reprinted == 1.0)
    late = (after_close == 1.0, refund_to_associate == 1.0)
    count: Column = np.sum([flag(sign) for sign in signs + late], axis=0)
    return count


@F.feature("Associate's share of the site's refunds", family="associate", unit="fraction")
def associate_refund_share(associate_refund_30d: Column, site_refund_30d: Column) -> Column:
    return ratio(associate_refund_30d, site_refund_30d)


@F.feature("Associate's keyed entries", family="associate", unit="fraction")
def associate_keyed_rate(associate_keyed_365d: Column, associate_count_365d: Column) -> Column:
    return shrunk_rate(associate_keyed_365d, associate_count_365d, prior=0.05, strength=20.0)


@F.feature("Associate's refunds without a customer", family="associate", unit="fraction")
def associate_absent_rate(associate_absent_365d: Column, associate_count_365d: Column) -> Column:
    return shrunk_rate(associate_absent_365d, associate_count_365d, prior=0.01, strength=20.0)


@F.feature("Associate's reprinted receipts", family="associate", unit="fraction")
def associate_reprint_rate(associate_reprinted_365d: Column, associate_count_365d: Column) -> Column:
    return shrunk_rate(associate_reprinted_365d, associate_count_365d, prior=0.02, strength=20.0)


@F.feature("Associate's confirmed collusion", family="associate", unit="fraction")
def associate_collusion_rate(associate: Window) -> Column:
    confirmed, labelled = associate["cause_employee_or_collusion_365d"], associate["labelled_365d"]
    return shrunk_rate(confirmed, labelled, prior=0.002, strength=20.0)


@F.feature("Associate's refunds to this card in 90 days", family="associate", unit="count")
def associate_tender_returns_90d(associate_and_tender_count_90d: Column) -> Column:
    return associate_and_tender_count_90d


@F.feature("Site's confirmed fraud or abuse", family="site", unit="fraction")
def site_wrong_rate(site_wrong_365d: Column, site_labelled_365d: Column) -> Column:
    return shrunk_rate(site_wrong_365d, site_labelled_365d, prior=PRIOR_WRONG, strength=50.0)


@F.feature("Article's item claims (faulty articles protect honest claims)", family="article", unit="fraction")
def sku_claim_rate(sku_item_claims_365d: Column, sku_count_365d: Column) -> Column:
    return shrunk_rate(sku_item_claims_365d, sku_count_365d, prior=0.1, strength=15.0)


@F.feature("Article's confirmed fraud or abuse", family="article", unit="fraction")
def sku_wrong_rate(sku_wrong_365d: Column, sku_labelled_365d: Column) -> Column:
    return shrunk_rate(sku_wrong_365d, sku_labelled_365d, prior=PRIOR_WRONG, strength=15.0)
