"""Dangers a text names: every rule of every language tried on its words, denied and harmless wordings left out."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise, product
from typing import Final

from features.danger.everyday import COMMON, FILLERS, NEGATION_FILLERS
from features.danger.lexicon import DangerRule, Lexicon
from features.danger.normal_form import Token, plain_text, spellings, tokens_of
from features.danger.unbroken_scripts import unbroken_tokens
from features.danger.words import LANGUAGES

LONGEST_READ: Final = 4_000
_LONG: Final = 6
_MIDDLING: Final = 5
_CACHED_WORDS: Final = 1 << 16
_DENIED_BEFORE: Final = 4
_OR: Final = frozenset(
    ["or", "nor", "o", "oder", "ou", "och", "ni", "noch", "och", "lub", "albo", "veya", "или", "або", "sau", "of"]
)
_READINGS_OF_A_WORD: Final = 4
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger that a text names: its kind, the language of the rule, and the words that say so."""

    kind: str
    language: str
    words: str


@cache
def lexicon() -> Lexicon:
    """Return the words and rules of every language."""
    return Lexicon(list(LANGUAGES))


@lru_cache(maxsize=4_096)
def dangers_named(text: str) -> tuple[Danger, ...]:
    """Return the dangers a text names and does not deny, each kind once, by kind.

    >>> [danger.kind for danger in dangers_named("Panel is sparking, no smoke or fire")]
    ['electrical']
    """
    plain = plain_text(text[:LONGEST_READ])
    found: dict[str, Danger] = {}
    for words in (_Reading(_kept(tokens_of(plain))), _Reading(unbroken_tokens(plain, lexicon().unbroken))):
        for danger in words.dangers():
            found.setdefault(danger.kind, danger)
    return tuple(found[kind] for kind in sorted(found))


def _kept(tokens: list[Token]) -> list[tuple[Token, tuple[int, ...]]]:
    """Leave out the words that carry no meaning here, and close the gaps they leave."""
    shown = _languages_shown(tokens)
    kept, dropped = [], 0
    for token in tokens:
        if token.written in FILLERS:
            dropped += 1
            continue
        numbers = tuple(
            abs(number) for number in concepts_of(token) if number > 0 or lexicon().language_of[-number - 1] in shown
        )
        kept.append((Token(token.written, token.folded, token.at - dropped), numbers))
    return kept


def _languages_shown(tokens: Sequence[Token]) -> set[str]:
    """Return the languages whose everyday words the text uses at least as often as English ones."""
    counts: dict[str, int] = defaultdict(int)
    for token in tokens:
        for language in lexicon().common.get(token.written, ()) or lexicon().common.get(token.folded, ()):
            counts[language] += 1
    english = sum(token.written in COMMON or token.written in FILLERS for token in tokens)
    return {language for language, count in counts.items() if count >= english}


class _Reading:
    """The words of one text with their concepts, ready for rules to be tried on."""

    def __init__(self, tokens: Sequence[tuple[Token, tuple[int, ...]]]) -> None:
        self.tokens = [token for token, _ in tokens]
        self.places: dict[int, list[int]] = defaultdict(list)
        for place, (_, numbers) in enumerate(tokens):
            for number in numbers:
                self.places[number].append(place)
        self.present = frozenset(self.places)

    def dangers(self) -> Iterator[Danger]:
        rules = [rule for rule in _candidates(self.present) if rule.needed <= self.present]
        if not rules:
            return
        covered = {
            place
            for rule in lexicon().harmless
            if rule.needed <= self.present
            for spans in self._matches(rule, frozenset())
            for start, end in spans
            for place in range(start, end)
        }
        hidden = frozenset(covered)
        denied_until: dict[int, None] = {}
        hits = [(spans, rule) for rule in rules for spans in self._matches(rule, hidden)]
        for spans, rule in sorted(hits, key=lambda hit: (min(hit[0]), hit[1].kind)):
            first, last = min(start for start, _ in spans), max(end for _, end in spans)
            if not rule.denies_itself and self._denied(first, last, denied_until):
                denied_until[last] = None
                continue
            words = " … ".join(" ".join(token.written for token in self.tokens[a:b]) for a, b in sorted(spans))
            yield Danger(rule.kind, rule.language, words)

    def _matches(self, rule: DangerRule, hidden: frozenset[int]) -> Iterator[tuple[_Span, ...]]:
        terms = [list(self._spans(term, frozenset() if rule.even_so else hidden)) for term in rule.terms]
        if len(terms) == 1:
            yield from ((span,) for span in terms[0])
            return
        starts = [[self.tokens[start].at for start, _ in spans] for spans in terms]
        reach = rule.within + sum(map(len, rule.terms))
        for span in terms[0]:
            at = self.tokens[span[0]].at
            near = [
                spans[bisect_left(places, at - reach) : bisect_right(places, at + reach)]
                for spans, places in zip(terms[1:], starts[1:], strict=True)
            ]
            combinations = ((span, *others) for others in product(*near))
            yield from islice(
                (found for found in combinations if self._apart(found) <= rule.within), _READINGS_OF_A_WORD
            )

    def _spans(self, term: tuple[int, ...], hidden: frozenset[int]) -> Iterator[_Span]:
        length = len(term)
        for place in self.places[term[0]]:
            if place + length > len(self.tokens) or not hidden.isdisjoint(range(place, place + length)):
                continue
            if length > 1:
                if self.tokens[place + length - 1].at - self.tokens[place].at > length:
                    continue
                if any(place + step not in self.places[term[step]] for step in range(1, length)):
                    continue
            yield place, place + length

    def _apart(self, spans: Sequence[_Span]) -> int:
        """Return how many words lie between the first and the last term; spans that share a word are infinitely far."""
        ordered = sorted(spans)
        if any(before[1] > after[0] for before, after in pairwise(ordered)):
            return 1 << 30
        inner = sum(end - start for start, end in ordered[1:-1])
        return self.tokens[ordered[-1][0]].at - self.tokens[ordered[0][1] - 1].at - 1 - inner

    def _denied(self, first: int, last: int, denied_until: dict[int, None]) -> bool:
        before = lexicon().denials
        for back in range(1, _DENIED_BEFORE + 1):
            place = first - back
            if place < 0 or self.tokens[place + 1].at - self.tokens[place].at > 1:
                break
            word = self.tokens[place].folded
            if word in before:
                return True
            if word in _OR and place in denied_until:
                return True
            if word not in NEGATION_FILLERS:
                break
        after = lexicon().denials_after
        return (
            last < len(self.tokens)
            and self.tokens[last].folded in after
            and (self.tokens[last].at - self.tokens[last - 1].at == 1)
        )


@cache
def _by_concept() -> dict[int, list[DangerRule]]:
    """Return rules by one concept each of them needs."""
    found: dict[int, list[DangerRule]] = defaultdict(list)
    for rule in lexicon().rules:
        found[rule.terms[0][0]].append(rule)
    return found


def _candidates(present: frozenset[int]) -> list[DangerRule]:
    rules = _by_concept()
    return [rule for number in present for rule in rules.get(number, ())]


def concepts_of(token: Token) -> frozenset[int]:
    """Return the concepts of a word, negative where only the language of the text may tell."""
    return _concepts(token.written, token.folded)


@lru_cache(maxsize=_CACHED_WORDS)
def _concepts(written: str, folded: str) -> frozenset[int]:
    found = _looked_up(written) | _looked_up(folded)
    for spelling in spellings(folded):
        found |= _looked_up(spelling)
    if written in COMMON or written in FILLERS:
        # An everyday English word is another language's only where the text shows that language.
        languages = lexicon().language_of
        return frozenset(-abs(number) if languages[abs(number) - 1] != "en" else number for number in found)
    if found:
        return frozenset(found)
    return frozenset(_misspelt(folded))


def _looked_up(word: str) -> set[int]:
    forms = lexicon().forms
    found = set(forms.exact.get(word, ()))
    for length in range(2, len(word) + 1):
        found |= forms.starts.get(word[:length], set())
        found |= forms.ends.get(word[-length:], set())
    if len(word) >= _LONG:
        for inner, numbers in forms.inside.items():
            if inner in word:
                found |= numbers
    return found


@cache
def _by_letter() -> dict[tuple[str, int], list[tuple[str, frozenset[int]]]]:
    """Return the words long enough to be known in spite of a typing error, by their first letter and their length."""
    found: dict[tuple[str, int], list[tuple[str, frozenset[int]]]] = defaultdict(list)
    for word, numbers in lexicon().forms.exact.items():
        kept = frozenset(number for number in numbers if number > 0)
        if len(word) >= _MIDDLING and word.isalpha() and kept:
            found[word[0], len(word)].append((word, kept))
    return found


def _misspelt(word: str) -> set[int]:
    """Return the concepts of the words one typing error away; a middling word may only lack a letter or have two
    swapped."""
    found: set[int] = set()
    if len(word) < _MIDDLING - 1 or not word.isalpha():
        return found
    for length in (len(word) - 1, len(word), len(word) + 1):
        for known, numbers in _by_letter().get((word[0], length), ()):
            if _one_error(word, known, any_letter=length > _LONG + 1):
                found |= numbers
    return found


def _one_error(word: str, known: str, *, any_letter: bool) -> bool:
    """Return whether one letter is missing, doubled or swapped, or with `any_letter` another one or one too many."""
    at = 0
    while at < min(len(word), len(known)) and word[at] == known[at]:
        at += 1
    if len(word) < len(known):
        return word[at:] == known[at + 1 :]
    if len(word) > len(known):
        return (
            word[at + 1 :] == known[at:] and at > 0 and ((any_letter and at < len(known)) or word[at] == word[at - 1])
        )
    swapped = word[at : at + 2] == known[at : at + 2][::-1] and word[at + 2 :] == known[at + 2 :]
    return swapped or (any_letter and word[at + 1 :] == known[at + 1 :])
