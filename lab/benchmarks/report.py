"""The page of benchmark results: sections written by whoever measured them, each with what is needed to repeat it.

A section replaces the one of the same key on the page and leaves the others as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("lightgbm", "torch", "scikit-learn", "numpy", "scipy", "pandas")
HEAD: Final = """\
# How good the models are

Written by `triage benchmark quality` and `triage benchmark leaks`; do not edit by hand.
"""


def installed() -> tuple[str, ...]:
    """Name the libraries that decide the numbers, with their versions."""
    return tuple(f"{name} {version(name)}" for name in LIBRARIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When, from which code, with which seeds and libraries something was measured."""

    at: datetime
    commit: str
    seeds: tuple[int, ...]
    libraries: tuple[str, ...] = field(default_factory=installed)

    def __str__(self) -> str:
        """Return it in one line."""
        seeds = f"seed{'s' if len(self.seeds) > 1 else ''} {', '.join(map(str, self.seeds))}"
        return f"Measured on {self.at:%Y-%m-%d} at commit {self.commit}, {seeds}, with {', '.join(self.libraries)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page. key: names it on the page; header, rows: its table; text, notes: paragraphs before and
    after."""

    key: str
    title: str
    stamp: Stamp
    text: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """Write the section between marks by which it is found again."""
        lines = [_begin(self.key), f"## {self.title}", "", str(self.stamp), "", self.text, "", _row(self.header)]
        lines += [_row(["---"] * len(self.header)), *map(_row, self.rows)]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join([*lines, _END])


def write_page(path: Path, sections: Sequence[Section], *, head: str = HEAD) -> None:
    """Put sections on the page: in place of earlier ones of the same key, else at its end. head: what a new page begins
    with."""
    page = path.read_text(encoding="utf-8") if path.exists() else head
    for section in sections:
        found = re.search(re.escape(_begin(section.key)) + r".*?" + re.escape(_END), page, flags=re.DOTALL)
        written = section.markdown()
        if found:
            page = page[: found.start()] + written + page[found.end() :]
        else:
            page = page.rstrip("\n") + "\n\n" + written + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


_END: Final = "<!-- end -->"


def _begin(key: str) -> str:
    return f"<!-- section {key} -->"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
