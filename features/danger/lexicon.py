"""Words of danger of one language, and how they combine: the notation they are written in, read into rules.

A concept is a set of words under a name in capitals. In a word list `smok*` stands for every word that starts so,
`*brand*` for every word that contains it, `*lek` for every word that ends so; a word after `?` counts only where the
text itself shows that it is of this language.

A rule is one line: terms, joined by `~` where they may stand near each other in any order (`~` alone means within six
words, `~3` within three). A term is one or more words in a row, each a concept, a plain word or alternatives `a|b`. A
rule that starts with `!` holds even where a harmless phrase covers its words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from features.danger.everyday import FILLERS
from features.danger.normal_form import fold

NEAR: Final = 6
_JOIN: Final = re.compile(r"\s+~(\d*)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What one language calls danger.

    concepts: words under a name; dangers: rules by kind of danger; harmless: phrases, or single words, that only look
    alike.
    denials: words that deny what follows; denials_after: that deny what stands before; common: words that show the
    language.
    """

    language: str
    concepts: Mapping[str, str]
    dangers: Mapping[str, str]
    harmless: str = ""
    denials: str = ""
    denials_after: str = ""
    common: str = ""
    written_without_blanks: bool = False
    accents_matter: bool = False


@dataclass(frozen=True, slots=True)
class DangerRule:
    """One rule: every term a row of slots, every slot a concept's number; `even_so` holds under a harmless phrase
    too."""

    kind: str
    language: str
    terms: tuple[tuple[int, ...], ...]
    within: int
    even_so: bool
    denies_itself: bool
    needed: frozenset[int]


@dataclass(slots=True)
class Forms:
    """Where to find the concepts of a word. Values are numbers of concepts, negative where only the language may
    tell."""

    exact: dict[str, set[int]] = field(default_factory=dict)
    starts: dict[str, set[int]] = field(default_factory=dict)
    inside: dict[str, set[int]] = field(default_factory=dict)
    ends: dict[str, set[int]] = field(default_factory=dict)


class Lexicon:
    """The words and rules of every language together: a word is looked up once, whatever language it may be of."""

    def __init__(self, languages: list[Words]) -> None:
        self.forms = Forms()
        self.unbroken: dict[str, set[int]] = {}
        self.rules: list[DangerRule] = []
        self.harmless: list[DangerRule] = []
        self.denials: dict[str, str] = {}
        self.denials_after: dict[str, str] = {}
        self.common: dict[str, set[str]] = {}
        self.language_of: list[str] = []
        self._numbers: dict[tuple[str, str], int] = {}
        for words in languages:
            self._add(words)

    def _add(self, words: Words) -> None:
        language = words.language
        for name, listed in words.concepts.items():
            number = self._number(language, name)
            for word in listed.split():
                self._place(word, number, words)
        for denial in words.denials.split():
            self.denials[fold(denial)] = language
        for denial in words.denials_after.split():
            self.denials_after[fold(denial)] = language
        if words.written_without_blanks:
            for denial in f"{words.denials} {words.denials_after}".split():
                self.unbroken.setdefault(fold(denial), set())
        for word in words.common.split():
            self.common.setdefault(word, set()).add(language)
            self.common.setdefault(fold(word), set()).add(language)
        for kind, lines in words.dangers.items():
            self.rules += [self._rule(kind, line, words) for line in _lines(lines)]
        self.harmless += [self._rule("", line, words) for line in _lines(words.harmless)]

    def _number(self, language: str, name: str) -> int:
        if (language, name) not in self._numbers:
            self._numbers[language, name] = len(self.language_of) + 1
            self.language_of.append(language)
        return self._numbers[language, name]

    def _place(self, word: str, number: int, words: Words) -> None:
        if word.startswith("?"):
            word, number = word[1:], -number
        bare = word.strip("*")
        for form in _written(bare, accents=words.accents_matter):
            if words.written_without_blanks:
                self.unbroken.setdefault(form, set()).add(number)
                continue
            forms = self.forms
            table = {
                (False, False): forms.exact, (False, True): forms.starts, (True, False): forms.ends, (True,
                True): forms.inside,
            }[word.startswith("*"), word.endswith("*")]  # fmt: skip
            table.setdefault(form, set()).add(number)

    def _rule(self, kind: str, line: str, words: Words) -> DangerRule:
        even_so = line.startswith("!")
        parts = _JOIN.split(line.lstrip("! "))
        gaps = [int(gap) for gap in parts[1::2] if gap]
        terms = tuple(
            tuple(self._slot(slot, words) for slot in _slots(term, words) if slot not in FILLERS) for term in parts[::2]
        )
        if not all(terms):
            raise ValueError(f"{words.language}: {line!r} has a term of words that are left out before rules are tried")
        denials = {fold(denial) for denial in f"{words.denials} {words.denials_after}".split()}
        return DangerRule(
            kind=kind,
            language=words.language,
            terms=terms,
            within=max(gaps, default=NEAR),
            even_so=even_so,
            denies_itself=any(
                part in denials for term in parts[::2] for slot in term.split() for part in slot.split("|")
            ),
            needed=frozenset(slot for term in terms for slot in term),
        )

    def _slot(self, slot: str, words: Words) -> int:
        if slot.isupper() and "|" not in slot:
            if slot not in words.concepts:
                raise ValueError(f"{words.language}: unknown concept {slot}")
            return self._number(words.language, slot)
        number = self._number(words.language, slot)
        for word in slot.split("|"):
            if word.isupper():
                for listed in words.concepts[word].split():
                    self._place(listed, number, words)
            else:
                self._place(word, number, words)
        return number


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


def _slots(term: str, words: Words) -> list[str]:
    """Split a term into words; where words are not told apart by blanks, a blank is part of one."""
    return [term] if words.written_without_blanks else term.split()


def _written(word: str, *, accents: bool) -> set[str]:
    """Return the forms a word may be typed in: without accents, an umlaut also as two letters; with them where they
    matter."""
    if accents:
        return {word}
    digraphs = word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return {fold(word), fold(digraphs)}
