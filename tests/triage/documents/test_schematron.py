"""The Schematron that a deployment supplies is run over bills in XML, and never passes for one that was run."""

from pathlib import Path

import pytest

from features.documents.document_formats import document_xml
from triage.documents.schematron import Schematron, open_schematron
from triage.errors import UnavailableError

EXAMPLES = Path(__file__).parents[3] / "examples" / "documents"
SHEET = """<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl">
  <xsl:template match="/*:{root}"><svrl:schematron-output>{asserts}</svrl:schematron-output></xsl:template>
</xsl:stylesheet>"""
FAILED = '<svrl:failed-assert id="{id}" flag="{flag}"><svrl:text>{text}</svrl:text></svrl:failed-assert>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two stylesheets, one for each syntax."""
    found = FAILED.format(id="X-1", flag="fatal", text="An invoice names a buyer reference.")
    minor = FAILED.format(id="X-2", flag="warning", text="It could be shorter.")
    (tmp_path / "OWN-UBL-rules.xslt").write_text(SHEET.format(root="Invoice", asserts=found + minor))
    (tmp_path / "own-cii-rules.xsl").write_text(
        SHEET.format(root="CrossIndustryInvoice", asserts=FAILED.format(id="X-3", flag="fatal", text="[X-3] No."))
    )
    return tmp_path


def test_what_a_bill_breaks_is_said_in_words_and_warnings_are_not(folder: Path) -> None:
    rules = Schematron(folder)
    ubl = document_xml((EXAMPLES / "invoice-R-2026-118.xml").read_bytes())
    cii = document_xml((EXAMPLES / "invoice-7731-cii.xml").read_bytes())
    assert rules.broken_rules("ubl", ubl) == ("[X-1] An invoice names a buyer reference.",)
    assert rules.broken_rules("factur-x", cii) == rules.broken_rules("cii", cii) == ("[X-3] No.",)
    assert rules.broken_rules("edifact", ubl) == ()


def test_one_that_fails_on_a_document_is_a_finding(tmp_path: Path) -> None:
    fails = SHEET.format(root="Invoice", asserts='<xsl:message terminate="yes"/>')
    (tmp_path / "ubl.xslt").write_text(fails)
    (found,) = Schematron(tmp_path).broken_rules(
        "ubl", document_xml((EXAMPLES / "invoice-R-2026-118.xml").read_bytes())
    )
    assert found.startswith("ubl.xslt could not be run")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("ubl.xslt", "<xsl", "is no stylesheet"),
        ("rules.xslt", "<a/>", "must hold ubl or cii"),
        ("x.txt", "", "no stylesheet"),
    ],
)
def test_what_cannot_be_run_stops_the_start(name: str, content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UnavailableError, match=said):
        Schematron(tmp_path)


def test_without_a_folder_there_is_none() -> None:
    assert open_schematron("") is None
