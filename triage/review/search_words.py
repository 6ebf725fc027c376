"""Texts and identifiers as words to be searched: the same way for what is stored and for what is asked.

A piece between blanks stands for itself without its punctuation (`INV-2026/07` is found as `inv202607`), for its parts
(`inv`, `2026`, `07`), and, if it is a number with zeros in front, for the number without them. Accents and the case of
letters do not count. Scripts without blanks (Chinese, Japanese, Thai) are cut into overlapping pairs.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

MAX_PIECES: Final = 12
"""Of a question; what comes after them is not asked."""
MAX_WORDS: Final = 400
"""Of a case: enough for every identifier and some pages of text."""
_MAX_LETTERS: Final = 64
_PART: Final = re.compile(r"[^\W_]+")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)+")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_UNSPACED: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def words_of(texts: Iterable[str]) -> list[str]:
    """Return the distinct words of texts, at most MAX_WORDS, in their order."""
    found: dict[str, None] = {}
    for text in texts:
        for piece in _pieces(text):
            joined, parts = _taken_apart(piece)
            found.update(dict.fromkeys([*joined, *parts]))
            if len(found) >= MAX_WORDS:
                return list(found)[:MAX_WORDS]
    return list(found)


def asked_of(question: str) -> list[tuple[list[str], list[str]]]:
    """Return what a question asks for, piece by piece: a case must hold one of the first words of a piece, or the
    beginning of one, or all of the second.

    An identifier is asked for as a whole: its parts may stand in several others.
    """
    pieces = [_taken_apart(piece) for piece in _pieces(question)]
    asked = [(joined, parts if not joined or all(part.isalpha() for part in parts) else []) for joined, parts in pieces]
    return [(joined, parts) for joined, parts in asked if joined or parts][:MAX_PIECES]


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, however deep; instants and amounts are no texts."""
    if isinstance(value, str):
        if not _MOMENT.fullmatch(value) and not _NUMBER.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


def _pieces(text: str) -> list[str]:
    # A letter with its accent becomes the letter and the accent, which is left out.
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).split()


def _taken_apart(piece: str) -> tuple[list[str], list[str]]:
    """Return the piece as one word (and without zeros in front), and its parts where there are several."""
    parts = _PART.findall(piece)
    joined = "".join(parts)[:_MAX_LETTERS]
    if not joined:
        return [], []
    if _UNSPACED.search(joined):
        return [], _pairs(joined)
    whole = [joined]
    if joined.isdecimal() and joined.startswith("0") and joined.lstrip("0"):
        whole.append(joined.lstrip("0"))
    if len(parts) == 1 or _NUMBER.fullmatch(piece):
        return whole, []
    return whole, [part[:_MAX_LETTERS] for part in parts]


def _pairs(joined: str) -> list[str]:
    found: list[str] = []
    for run in re.findall(f"{_UNSPACED.pattern}|[^\\W_]+?(?={_UNSPACED.pattern}|$)", joined):
        is_unspaced = _UNSPACED.fullmatch(run) is not None and len(run) > 1
        found += [run[at : at + 2] for at in range(len(run) - 1)] if is_unspaced else [run]
    return found
