"""Returns as claims: the return document, or the serial number handed in, and the refund."""

from features.domains.return_fraud.payload import ReturnFraud
from features.doubles import Claim, key, keys
from features.identifiers import normal_form


def claim(payload: ReturnFraud) -> Claim | None:
    """Return what is compared of a return, None where it names neither a document nor a serial number."""
    document, serial = (
        normal_form(payload.return_id, "document"),
        normal_form(payload.serial_number_returned, "serial"),
    )
    item, receipt = normal_form(payload.sku, "entity"), normal_form(payload.original_txn_id, "document")
    amount = f"{payload.refund_amount:.4f}"
    customer = normal_form(payload.customer_id_hash, "entity")
    apart = {"item": item, "receipt": receipt, "customer": customer}
    line = normal_form(payload.line_id, "entity")
    if document is not None:
        found = keys(key("return", document, line or item), key("refund", customer, item, amount))
        return Claim(
            keys=found, number=document, written=payload.return_id or "", line=line, amount=amount, apart=apart
        )
    if serial is not None:
        # The same piece sold again may come back again, on another receipt.
        found = keys(key("serial", item, serial, receipt))
        return Claim(
            keys=found, number=serial, written=payload.serial_number_returned or "", amount=amount, apart=apart
        )
    return None
