"""A document says the same in every format, and what is malformed or hostile is refused with a reason."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from features.documents.document_formats import read_documents
from features.documents.trade_document import TradeDocument, UnreadableError
from features.documents.xml_tree import MAX_DEPTH

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def one(content: bytes) -> TradeDocument:
    (found,) = read_documents(content)
    assert isinstance(found, TradeDocument), found
    return found


def refusal(content: bytes) -> UnreadableError:
    (found,) = read_documents(content)
    assert isinstance(found, UnreadableError), found
    return found


def example(name: str) -> bytes:
    return (EXAMPLES / name).read_bytes()


def invoice(body: str, *, root: str = "Invoice", head: str = "<ID>R-1</ID>") -> bytes:
    return f'<{root} xmlns="{UBL}{root}-2">{head}{body}</{root}>'.encode()


def test_ubl_with_any_prefix() -> None:
    found = one(example("invoice-R-2026-118.xml"))
    assert (found.kind, found.number, found.currency) == ("invoice", "R-2026-118", "EUR")
    assert found.order_keys() == {"4500012345"}
    assert found.supplier.main_key == "de123456788"
    assert [(str(line.quantity), str(line.unit_price)) for line in found.lines] == [("40", "3.70"), ("120", "8.50")]
    assert str(found.totals.payable) == "1389.92"


def test_cii_with_two_rates_a_discount_freight_and_a_deposit() -> None:
    found = one(example("invoice-7731-cii.xml"))
    assert [(str(part.rate), str(part.tax)) for part in found.vat] == [("7", "41.65"), ("19", "43.70")]
    assert [(each.is_charge, str(each.amount)) for each in found.adjustments] == [(False, "5.00"), (True, "30.00")]
    assert (str(found.totals.prepaid), str(found.totals.payable)) == ("100.00", "810.35")
    assert str(found.issued_on) == "2026-03-02"


def test_edifact() -> None:
    found = one(example("invoice-L-5501.edi"))
    assert (found.number, found.order_ids) == ("L-5501", ("4500012500", "4500012501"))
    assert found.supplier.name == "Nordlicht Lampen"
    line = found.lines[0]
    assert (line.gtin, str(line.quantity), line.unit, str(line.net)) == ("4055555000011", "3", "DZN", "356.4")
    assert (str(found.totals.net), str(found.totals.vat)) == ("356.4", "67.72")


def test_an_interchange_of_several_messages_and_a_broken_one() -> None:
    content = example("invoice-L-5501.edi")
    orders = (
        b"UNB+UNOC:3+A:14+B:14+260303:0900+1'UNH+1+ORDERS:D:96A:UN'BGM+220+PO-9'LIN+1++4055555000011:EN'"
        b"QTY+21:7,5'UNS+S'UNT+6+1'UNZ+1+1'"
    )
    first, second = read_documents(content + b"\n" + content.replace(b"L-5501", b"L-5502"))
    assert isinstance(first, TradeDocument) and isinstance(second, TradeDocument)
    assert (first.number, second.number) == ("L-5501", "L-5502")
    assert str(one(orders).lines[0].quantity) == "7.5"
    assert refusal(content[:300]).reason == "malformed"
    assert refusal(orders.replace(b"ORDERS", b"PRICAT")).reason == "unknown_format"


def test_idoc() -> None:
    found = one(example("invoice-M-77-idoc.xml"))
    assert (found.kind, found.number, found.supplier.name) == ("invoice", "M-77", "Mill and Sons")
    line = found.lines[0]
    assert (line.order_id, line.order_line_id, line.buyer_item) == ("4500012600", "00010", "SKU-5200")
    assert (str(line.quantity), str(line.unit_price)) == ("10.000", "22")


def test_a_delivery_and_a_credit_of_idocs_with_sap_numbers() -> None:
    delivery = one(
        b"<DELVRY03><IDOC><EDI_DC40><MESTYP>DESADV</MESTYP></EDI_DC40><E1EDL20><VBELN>80001</VBELN>"
        b"<E1EDL24><POSNR>10</POSNR><LFIMG>5.000</LFIMG><VRKME>PCE</VRKME><VGBEL>4500</VGBEL><VGPOS>20</VGPOS></E1EDL24>"
        b"</E1EDL20></IDOC></DELVRY03>"
    )
    assert (delivery.kind, delivery.lines[0].order_id, str(delivery.lines[0].quantity)) == (
        "despatch_advice", "4500", "5.000"
    )  # fmt: skip
    credit = example("invoice-M-77-idoc.xml").replace(b"INVO<", b"CRME<").replace(b"220.00<", b"220.00-<")
    found = one(credit)
    assert (found.kind, str(found.totals.net)) == ("credit_note", "-220.00")


def test_tables_of_orders() -> None:
    numbers = [each.number for each in read_documents(example("orders.csv")) if isinstance(each, TradeDocument)]
    assert numbers == ["4500012400", "4500012500", "4500012501", "4500012600"]
    unknown = refusal(b"kind,number,colour\norder,1,red\n")
    assert unknown.reason == "unknown_format" and "'colour'" in unknown.detail


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml"])
def test_a_pdf_that_carries_its_invoice(name: str) -> None:
    writer = PdfWriter()
    writer.add_blank_page(width=100, height=100)
    writer.add_attachment("terms.xml", b"<terms/>")
    writer.add_attachment(name, example("invoice-7731-cii.xml"))
    file = BytesIO()
    writer.write(file)
    carried, sent = one(file.getvalue()), one(example("invoice-7731-cii.xml"))
    assert carried.format == "factur-x"
    assert carried.content_digest() == sent.content_digest(), "one invoice that came twice"


def test_a_pdf_without_an_invoice() -> None:
    writer = PdfWriter()
    writer.add_blank_page(width=100, height=100)
    file = BytesIO()
    writer.write(file)
    assert refusal(file.getvalue()).reason == "no_structured_part"
    assert refusal(b"%PDF-1.7 and nothing else").reason == "malformed"


def test_the_envelope_of_peppol_is_opened() -> None:
    inner = example("receipt-GR-881.xml").partition(b"?>")[2]
    assert one(b'<StandardBusinessDocument xmlns="urn:x">' + inner + b"</StandardBusinessDocument>").number == "GR-881"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    text = invoice("<Note>Grüße</Note>").decode()
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' + text
    assert one(declared.encode(encoding)).note == "Grüße"


def test_tax_in_another_currency_is_not_the_documents() -> None:
    head = "<ID>R-1</ID><DocumentCurrencyCode>EUR</DocumentCurrencyCode>"
    total = '<TaxTotal><TaxAmount currencyID="{}">{}</TaxAmount></TaxTotal>'
    body = total.format("SEK", "210") + total.format("EUR", "19") + "<LegalMonetaryTotal/>"
    assert str(one(invoice(body, head=head)).totals.vat) == "19"


def test_a_type_code_makes_a_credit_note_of_an_invoice() -> None:
    assert one(invoice("<InvoiceTypeCode>381</InvoiceTypeCode>")).kind == "credit_note"
    assert one(invoice("", root="CreditNote")).kind == "credit_note"


def line(**parts: Any) -> bytes:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
    return invoice(f"<InvoiceLine>{inside}</InvoiceLine>")


def test_a_price_of_0_beside_an_amount_is_not_the_price() -> None:
    found = one(line(InvoicedQuantity="4", LineExtensionAmount="10", Price="<PriceAmount>0.00</PriceAmount>"))
    assert str(found.lines[0].unit_price) == "2.5"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"<Invoice><ID>1", "malformed"),
        (b"<html><body/></html>", "unknown_format"),
        (b"\x00\x01\x02", "unknown_format"),
        (b"{not json", "malformed"),
        (b"[]", "empty"),
        (b"[1]", "unknown_format"),
        (b'{"kind":"order"}', "no_number"),
        (b'{"kind":"order","number":"1","lines":[{"quantity":"12,5"}]}', "wrong_value"),
        (invoice("<IssueDate>2.3.2026</IssueDate>"), "wrong_value"),
        (invoice("", head="<ID> </ID>"), "no_number"),
        (line(InvoicedQuantity="1e5"), "wrong_value"),
    ],
)
def test_what_cannot_be_read_has_a_reason(content: bytes, reason: str) -> None:
    assert refusal(content).reason == reason


def test_a_wrong_value_is_named_with_its_line() -> None:
    assert refusal(line(InvoicedQuantity="many")).detail.startswith("lines.1.quantity 'many': must be a number")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document_type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document_type"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document_type"),
        (
            b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "' + b"&b;" * 5_000 + b'">]><a>' + b"&c;" * 5_000 + b"</a>",
            "malformed",
        ),
        (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), "too_deep"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "malformed"),
    ],
    ids=["entity", "external", "external entity", "a billion", "deep", "deeper than the parser"],
)
def test_hostile_xml_is_refused(content: bytes, reason: str) -> None:
    assert refusal(content).reason == reason
