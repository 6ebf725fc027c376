"""Schematron that a deployment supplies (EN 16931, Peppol, XRechnung), compiled to XSLT, run over bills in XML.

Saxon is an extra (`.[schematron]`): the artefacts are large, change twice a year, and come under their own licences.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final

import structlog

from features.documents.xml_tree import Element, parse_xml
from triage.errors import UnavailableError

log = structlog.get_logger(__name__)
SYNTAXES: Final[Mapping[str, str]] = {"ubl": "ubl", "cii": "cii", "factur-x": "cii"}
"""By the format of a document, the word that the names of its stylesheets hold."""
MAX_RULES: Final = 100
_MAX_SENTENCE: Final = 400
_SUFFIXES: Final = (".xsl", ".xslt")


class Schematron:
    """The stylesheets of a folder, compiled once. A stylesheet is for the syntax that its file's name holds: ubl or
    cii."""

    def __init__(self, folder: Path) -> None:
        # One thread of its own: Saxon's processor belongs to the thread that made it.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="schematron")
        self._sheets: dict[str, list[tuple[str, Any]]] = {}
        self._processor: Any = None
        files = sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES) if folder.is_dir() else []
        if not files:
            raise UnavailableError(f"TRIAGE_SCHEMATRON_FOLDER: {folder} holds no stylesheet (.xsl, .xslt)")
        self._thread.submit(self._compile, files).result()

    def broken_rules(self, format_name: str, xml: bytes) -> tuple[str, ...]:
        """Return what a document breaks, in words, at most MAX_RULES; warnings are left out."""
        return self._thread.submit(self._run, SYNTAXES.get(format_name, ""), xml).result()

    def _compile(self, files: Sequence[Path]) -> None:
        try:
            from saxonche import PySaxonProcessor
        except ImportError:
            raise UnavailableError(
                "TRIAGE_SCHEMATRON_FOLDER is set, and Saxon is not installed: install `.[schematron]`"
            ) from None
        self._processor = PySaxonProcessor(license=False)
        for file in files:
            syntaxes = [name for name in dict.fromkeys(SYNTAXES.values()) if name in file.name.lower()]
            if len(syntaxes) != 1:
                raise UnavailableError(f"{file}: its name must hold ubl or cii, so that it is known what it is for")
            try:
                sheet = self._processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))
            except Exception as error:
                # Saxon raises an error of its own for everything.
                raise UnavailableError(f"{file}: is no stylesheet that can be run: {str(error)[:300]}") from None
            self._sheets.setdefault(syntaxes[0], []).append((file.name, sheet))

    def _run(self, syntax: str, xml: bytes) -> tuple[str, ...]:
        found: list[str] = []
        for name, sheet in self._sheets.get(syntax, ()):
            try:
                node = self._processor.parse_xml(xml_text=xml.decode("utf-8"))
                report = parse_xml(sheet.transform_to_string(xdm_node=node).encode())
                found += [_sentence(each) for each in _failed(report)]
            except Exception as error:
                # A rule that was not tried must not pass for one that holds.
                log.exception("schematron_failed", stylesheet=name)
                found.append(f"{name} could not be run: {str(error)[:200]}")
        return tuple(dict.fromkeys(found))[:MAX_RULES]


@cache
def open_schematron(folder: str) -> Schematron | None:
    """Return the Schematron of a folder, compiled once for all; None where none is named. Raises UnavailableError."""
    return Schematron(Path(folder)) if folder else None


def _failed(report: Element) -> list[Element]:
    return [each for each in report.children("failed-assert") if each.attribute("flag") not in ("warning", "info")]


def _sentence(failed: Element) -> str:
    text = " ".join((failed.text("text") or "a rule does not hold").split())
    rule = failed.attribute("id")
    # Most texts begin with the rule's id in brackets.
    said = text if rule is None or text.startswith(f"[{rule}]") else f"[{rule}] {text}"
    return said[:_MAX_SENTENCE]
