"""What names of columns and fields are about: words of eight languages and of business software, read as concepts."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

_SPLIT: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])|[^A-Za-z0-9]+")
_LINKS: Final = ("", "s", "es", "n", "en", "er", "e")
"""What German and Dutch put between the parts of a compound."""
_MIN_PART: Final = 3
_MAX_ENDING: Final = 3
_MIN_STEM: Final = 4
_MIN_WITHIN: Final = 5
_LITTLE: Final = frozenset(
    ("de", "du", "des", "la", "le", "les", "di", "del", "della", "da", "do", "das", "der", "die", "den", "dem", "of",
     "the", "el", "los", "van", "het", "een", "a", "o", "i", "z", "w", "na", "und", "et", "y", "e")
)  # fmt: skip
"""Words that mean nothing in a name."""
_FOLDED: Final = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class NameWord:
    """One word of a name: the word itself, and the concepts it may mean; none where it is not known."""

    word: str
    concepts: frozenset[str]


def fold(text: str) -> str:
    """Write a text in small letters without accents; ä and ae are one."""
    return _plain(text).lower().replace("ae", "a").replace("oe", "o").replace("ue", "u")


def compact(text: str) -> str:
    """Write a name without case, accents and marks, so that LINE_AMOUNT and LineAmount are one."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


@cache
def tokens_of(name: str) -> tuple[NameWord, ...]:
    """Read a name as words and what they may mean; compounds are taken apart."""
    words = [fold(word) for word in _SPLIT.split(_plain(name)) if word]
    words = _phrases([word for word in words if word not in _LITTLE])
    return tuple(token for word in words for token in _read(word))


def _phrases(words: list[str]) -> list[str]:
    """Join neighbours that are known together: on hand."""
    joined: list[str] = []
    for word in words:
        if joined and f"{joined[-1]}_{word}" in concepts():
            joined[-1] = f"{joined[-1]}_{word}"
        else:
            joined.append(word)
    return joined


@cache
def concepts() -> Mapping[str, frozenset[str]]:
    """Return what each known word may mean."""
    found: dict[str, set[str]] = {}
    for part in ("concepts", "kinds"):
        for concept, words in _content()[part].items():
            for word in (concept, *words.split()):
                found.setdefault(fold(word), set()).add(concept)
    return {word: frozenset(meanings) for word, meanings in found.items()}


@cache
def kinds() -> frozenset[str]:
    """Name the concepts that only say what sort of thing a column holds."""
    return frozenset(_content()["kinds"])


@cache
def outcome_words(what: str) -> frozenset[str]:
    """Return the words of names that speak of outcomes: `is`, `later`, `known`, `not_as_of`, `as_of` or `cause`."""
    return frozenset(fold(word) for word in _content()["outcome"][what].split())


@cache
def member_words() -> Mapping[str, str]:
    """Return which member of a closed vocabulary each written value means."""
    return {
        compact(word): member for member, words in _content()["values"].items() for word in (member, *words.split())
    }


@cache
def further_names(domain: str) -> Mapping[str, frozenset[str]]:
    """Return further names of a domain's fields, compact; none for a domain that brings no file of them."""
    file = files("training.drafting").joinpath("domains", f"{domain}.yaml")
    if not file.is_file():
        return {}
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {field: frozenset(compact(str(name)) for name in names) for field, names in content.items()}


def mentions(name: str, what: str) -> bool:
    """Return whether a name holds a word that speaks of outcomes so."""
    words = outcome_words(what)
    parts = {fold(word) for word in _SPLIT.split(_plain(name)) if word}
    if parts & words:
        return True
    return any(len(word) >= _MIN_WITHIN and word in part for part in parts for word in words)


def _plain(text: str) -> str:
    """Write a text without accents."""
    return unicodedata.normalize("NFKD", text.translate(_FOLDED)).encode("ascii", "ignore").decode()


@cache
def _content() -> Any:
    return yaml.safe_load(files("training.drafting").joinpath("words.yaml").read_text(encoding="utf-8"))


def _read(word: str) -> list[NameWord]:
    whole = _meaning(word)
    if whole:
        return [NameWord(word, whole)]
    parts = _compound(word)
    return [NameWord(part, _meaning(part)) for part in parts] if parts else [NameWord(word, frozenset())]


def _meaning(word: str) -> frozenset[str]:
    """Look a word up as it stands, else without its ending: a plural, a case."""
    known = concepts()
    for cut in range(_MAX_ENDING + 1):
        stem = word[: len(word) - cut]
        if cut and len(stem) < _MIN_STEM:
            break
        if stem in known:
            return known[stem]
    return frozenset()


@cache
def _compound(word: str) -> tuple[str, ...]:
    """Take a compound apart into known words, as few as possible; none where it is none."""
    if len(word) < 2 * _MIN_PART:
        return ()
    best: tuple[str, ...] = ()
    for end in range(len(word) - 2, _MIN_PART - 1, -1):
        head = word[:end]
        if head not in concepts():
            continue
        for link in _LINKS:
            rest = word[end + len(link) :]
            if not word[end:].startswith(link) or len(rest) < 2:
                continue
            tail = (rest,) if _meaning(rest) else _compound(rest)
            if tail and (not best or len(tail) + 1 < len(best)):
                best = (head, *tail)
    return best


def plain_words(name: str) -> list[str]:
    """Return the words of a name in small letters without accents."""
    return [word.lower() for word in _SPLIT.split(_plain(name)) if word]
