"""What a server installs carries no licence that would reach into the product: no GPL, no AGPL."""

import re
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

ASKED = "retail-exception-triage"
FORBIDDEN = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)


def installed_with(name: str, extras: frozenset[str], found: dict[str, str]) -> None:
    """Collect the licence of a distribution and of all it needs here."""
    if name in found:
        return
    try:
        meta = distribution(name)
    except PackageNotFoundError:
        return
    classifiers = [one for one in meta.metadata.get_all("Classifier") or [] if one.startswith("License ::")]
    found[name] = " / ".join(filter(None, [meta.metadata.get("License-Expression"), *classifiers]))
    for text in meta.requires or ():
        needed = Requirement(text)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            installed_with(needed.name.lower(), frozenset(needed.extras), found)


def test_a_server_installs_nothing_that_binds_the_product() -> None:
    found: dict[str, str] = {}
    installed_with(ASKED, frozenset({"serve", "bus"}), found)
    assert len(found) > 60, "the walk should meet most of what a server needs"
    assert {name: licence for name, licence in found.items() if FORBIDDEN.search(licence)} == {}


def test_the_search_knows_what_it_looks_for() -> None:
    assert FORBIDDEN.search("License :: OSI Approved :: GNU Affero General Public License v3")
    assert FORBIDDEN.search("GPL-3.0-only")
    assert not FORBIDDEN.search("LGPL-3.0-only")
    assert not FORBIDDEN.search("License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)")
