"""XML that strangers sent, read within bounds: no entities, no document type, no network, limited depth and size.

Elements are found by their local names, so that any prefix and any version of a namespace is understood.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from lxml import etree

from features.documents.trade_document import UnreadableError

MAX_XML_BYTES: Final = 20_000_000
MAX_ELEMENTS: Final = 400_000
MAX_DEPTH: Final = 64


class Element:
    """An element and the way to it, so that what is wrong can be said where it stands."""

    __slots__ = ("_node", "path")

    def __init__(self, node: Any, path: str) -> None:
        self._node = node
        self.path = path

    @property
    def name(self) -> str:
        """Its local name."""
        return str(etree.QName(self._node).localname)

    @property
    def namespace(self) -> str:
        """Its namespace; empty where it has none."""
        return etree.QName(self._node).namespace or ""

    def attribute(self, name: str) -> str | None:
        """Return an attribute's value, None where it is missing or blank."""
        return (self._node.get(name) or "").strip() or None

    def written(self) -> bytes:
        """Return it as a document of its own, in UTF-8."""
        return bytes(etree.tostring(self._node, encoding="UTF-8", xml_declaration=True))

    def children(self, *names: str) -> Iterator["Element"]:
        """Yield the children of some local names, all of them where none is named."""
        for node in self._node:
            if isinstance(node.tag, str):
                name = etree.QName(node).localname
                if not names or name in names:
                    yield Element(node, f"{self.path}/{name}")

    def all(self, path: str) -> Iterator["Element"]:
        """Yield every element on a way of local names, such as "Party/PartyName/Name"."""
        found: Sequence[Element] = [self]
        for name in path.split("/"):
            found = [child for each in found for child in each.children(name)]
        yield from found

    def first(self, path: str) -> "Element | None":
        """Return the first element on a way of local names."""
        return next(self.all(path), None)

    def text(self, path: str = "") -> str | None:
        """Return the first text that is not blank on a way of local names."""
        for each in self.all(path) if path else [self]:
            text = "".join(each._node.itertext(with_tail=False)).strip() if len(each._node) else each._node.text
            if text is not None and text.strip():
                return str(text.strip())
        return None

    def texts(self, path: str) -> list[str]:
        """Return every text that is not blank on a way of local names, each once."""
        return list(dict.fromkeys(text for each in self.all(path) if (text := each.text()) is not None))


def parse_xml(content: bytes) -> Element:
    """Parse a document; raise UnreadableError for what is no XML, has a document type, or is too large or deep."""
    if len(content) > MAX_XML_BYTES:
        raise UnreadableError("too_large", f"the XML has {len(content):,} bytes; at most {MAX_XML_BYTES:,} are read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content.lstrip(), parser)
    except etree.XMLSyntaxError as error:
        # The position is part of the message; what stands there is not repeated.
        raise UnreadableError("malformed", f"is no well-formed XML: {str(error.msg)[:300]}") from None
    if root.getroottree().docinfo.internalDTD is not None or root.getroottree().docinfo.doctype:
        raise UnreadableError("document_type", "declares a document type or entities, which are never read")
    _bound(root)
    return Element(root, etree.QName(root).localname)


def _bound(root: Any) -> None:
    """Count elements and depth without recursion."""
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH:
            raise UnreadableError("too_deep", f"elements are nested more than {MAX_DEPTH} deep")
        if count > MAX_ELEMENTS:
            raise UnreadableError("too_large", f"has more than {MAX_ELEMENTS:,} elements")
