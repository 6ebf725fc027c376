"""PDFs that carry their invoice as XML: Factur-X and ZUGFeRD."""

from io import BytesIO
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from features.documents.trade_document import UnreadableError
from features.documents.xml_tree import MAX_XML_BYTES

NAMES: Final = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "cii.xml", "invoice.xml")
MAX_ATTACHMENTS: Final = 100


def is_pdf(content: bytes) -> bool:
    """Check whether a file is a PDF."""
    return b"%PDF-" in content[:1024]


def embedded_xml(content: bytes) -> bytes:
    """Return the XML that a PDF carries; raise UnreadableError where there is none, or the PDF cannot be read."""
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise UnreadableError("encrypted", "the PDF is encrypted; ask for one that is not")
        found: dict[str, bytes] = {}
        for at, each in enumerate(reader.attachment_list):
            if at >= MAX_ATTACHMENTS:
                break
            name = each.name.lower()
            if name.endswith(".xml") and (name in NAMES or not found):
                found[name] = each.content
    except UnreadableError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise UnreadableError("malformed", f"is no PDF that can be read: {str(error)[:200]}") from None
    if not found:
        raise UnreadableError(
            "no_structured_part", "the PDF carries no XML of an invoice; a person has to read it, or text recognition"
        )
    named = next((found[name] for name in NAMES if name in found), next(iter(found.values())))
    if len(named) > MAX_XML_BYTES:
        raise UnreadableError("too_large", f"its XML has {len(named):,} bytes; at most {MAX_XML_BYTES:,} are read")
    return named
