"""Which format a file is in, by what it holds and never by its name, and the documents in it."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from features.documents.building import build_document
from features.documents.cii import is_cii, read_cii
from features.documents.document_table import read_table
from features.documents.edifact import is_edifact, read_interchange
from features.documents.hybrid_pdf import embedded_xml, is_pdf
from features.documents.idoc import is_idoc, read_idocs
from features.documents.trade_document import TradeDocument, UnreadableError
from features.documents.ubl import KINDS, is_ubl, read_ubl
from features.documents.xml_tree import Element, parse_xml

MAX_DOCUMENTS: Final = 500
"""In one file."""
Read = TradeDocument | UnreadableError


def read_documents(content: bytes) -> list[Read]:
    """Read every document of a file; one that cannot be read stands there as its UnreadableError.

    A file that cannot be read at all is one UnreadableError.
    """
    found: list[Read] = []
    try:
        for document in _documents(content):
            if len(found) == MAX_DOCUMENTS:
                raise UnreadableError(
                    "too_large", f"the file holds more than {MAX_DOCUMENTS} documents; send the rest in another"
                )
            found.append(document)
    except UnreadableError as error:
        found.append(error)
    return found or [UnreadableError("empty", "the file holds no document")]


def _documents(content: bytes) -> Iterator[Read]:
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UnreadableError("empty", "the file is empty")
    if is_pdf(content):
        yield _of_xml(parse_xml(embedded_xml(content)), "factur-x")
    elif is_edifact(start):
        yield from read_interchange(start)
    elif start[:1] in (b"{", b"["):
        yield from _of_json(start)
    elif start[:1] == b"<" or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        root = parse_xml(content if start[:1] != b"<" else start)
        if is_idoc(root):
            yield from read_idocs(root)
        else:
            yield _of_xml(root, None)
    elif b"\x00" not in start[:1000] and start.partition(b"\n")[0].strip():
        yield from read_table(content)
    else:
        raise UnreadableError("unknown_format", "is neither XML, PDF, EDIFACT, JSON nor a table")


def document_xml(content: bytes) -> bytes:
    """Return the XML that a file with one document is, carries or wraps; raise UnreadableError where it has none."""
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    xml = embedded_xml(content) if is_pdf(content) else start if start[:1] == b"<" else content
    return _unwrapped(parse_xml(xml)).written()


def _unwrapped(root: Element) -> Element:
    """Return the document in the wrapping that Peppol gives it for its way."""
    inner = next((each for each in root.children() if is_ubl(each) or is_cii(each)), None)
    return inner if root.name == "StandardBusinessDocument" and inner is not None else root


def _of_xml(root: Element, carried_by: str | None) -> TradeDocument:
    root = _unwrapped(root)
    if is_ubl(root):
        found = read_ubl(root)
    elif is_cii(root):
        found = read_cii(root)
    else:
        raise UnreadableError(
            "unknown_format",
            f"is XML with the root {root.name[:60]!r}; UBL ({', '.join(KINDS)}), CII and IDoc are read",
        )
    return found if carried_by is None else found.model_copy(update={"format": carried_by})


def _of_json(content: bytes) -> Iterator[Read]:
    try:
        read: Any = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableError("malformed", f"is no JSON: {error}") from None
    for each in read if isinstance(read, list) else [read]:
        if not isinstance(each, dict):
            yield UnreadableError("unknown_format", "must be a document as an object, or a list of them")
            continue
        try:
            yield build_document(each)
        except UnreadableError as error:
            yield error
