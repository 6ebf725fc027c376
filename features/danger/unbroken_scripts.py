"""Words found in scripts that put no blanks between them, or glue articles to them: the longest known word wins."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from features.danger.normal_form import SENTENCE_GAP, Token, fold

_LETTERS_A_WORD: Final = 3
_BEYOND: Final = re.compile("[\u0590-\u1cff\u3040-\uffef]")


@lru_cache(maxsize=1)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) + "|[.!?。！？\n]")


def unbroken_tokens(plain: str, known: Mapping[str, set[int]]) -> list[tuple[Token, tuple[int, ...]]]:
    """Return the known words of a text with their concepts; three letters between two of them count as a word."""
    if not _BEYOND.search(plain):
        return []
    found, at, end = [], 0, 0
    for match in _pattern(frozenset(known)).finditer(fold(plain)):
        word = match[0]
        at += (match.start() - end + _LETTERS_A_WORD - 1) // _LETTERS_A_WORD
        end = match.end()
        if word not in known:
            at += SENTENCE_GAP
            continue
        found.append((Token(word, word, at), tuple(abs(number) for number in known[word])))
        at += 1
    return found
