"""Whether a text can be searched for danger at all: is it a text, and is it in a language whose words of danger are
known."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from features.danger.everyday import COMMON, FILLERS
from features.danger.normal_form import Token, plain_text, tokens_of
from features.danger.scan import LONGEST_READ, concepts_of, dangers_named, lexicon
from features.danger.words import COVERED

if TYPE_CHECKING:
    from lingua import LanguageDetector

COVERED_LANGUAGES: Final = frozenset(words.language for words in COVERED)
OTHER_LANGUAGES: Final = (
    "SWEDISH", "DANISH", "BOKMAL", "FINNISH", "HUNGARIAN", "CZECH", "SLOVAK", "CROATIAN", "SLOVENE", "LITHUANIAN",
    "LATVIAN",
    "ESTONIAN", "ALBANIAN", "TAGALOG", "INDONESIAN", "SWAHILI", "SOMALI", "YORUBA", "BULGARIAN", "SERBIAN", "PERSIAN",
    "URDU",
)  # fmt: skip
"""Languages told from the covered ones; a script of its own needs no telling."""
KNOWN_ENGLISH: Final = 0.5
KNOWN_OTHER: Final = 0.4
SURELY_OTHER: Final = 0.7
LEAST_COVERED_CHANCE: Final = 0.5
LEAST_COVERED_CHANCE_WHERE_KNOWN: Final = 0.2
"""A text is of a language not covered where the covered ones together are less likely than this; chosen by
measurement."""
_FEWEST_WORDS: Final = 2
_FEWEST_SIGNS: Final = 3
_SCRIPTS: Final = frozenset(
    {"LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI", "CJK", "FULLWIDTH", "MASCULINE", "FEMININE", "MICRO"}
)
_SCRIPT_SHARE: Final = 0.2
_GARBLED: Final = re.compile(
    "[\u00c2\u00c3\u00d0\u00d1\u00c4\u00c5\u00e2][\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178]"
)
_HAN: Final = re.compile("[\u3400-\u9fff]")


@lru_cache(maxsize=4_096)
def why_not_understood(text: str, *, may_be_short: bool = False) -> str | None:
    """Return why a text cannot be searched for danger, as the end of a sentence about it; None where it can.

    may_be_short: a text of no words or of one is nothing to wonder at.
    """
    cut = text[:LONGEST_READ]
    plain = plain_text(cut)
    letters = [sign for sign in plain if sign.isalpha()]
    if not letters:
        return None if may_be_short else "holds no words"
    if "\ufffd" in cut or len(_GARBLED.findall(cut)) >= _FEWEST_WORDS or cut.count("?") > len(letters):
        return "is garbled: its letters were read in another encoding than they were written in"
    strange = _strange_scripts(letters)
    if strange is not None:
        return f"is written in {strange} letters, in which dangers are not looked for"
    words = [token for token in tokens_of(plain) if token.folded.isalpha()]
    if _HAN.search(plain):
        return None if may_be_short or len(letters) >= _FEWEST_SIGNS else "is too short to tell what it is about"
    words = [token for token in words if len(token.folded) > 1 or not token.folded.isascii()]
    if len(words) < _FEWEST_WORDS:
        return None if may_be_short else "is a single word"
    english, other = _known_words(words)
    if (english and english >= KNOWN_ENGLISH * len(words)) or other >= SURELY_OTHER * len(words):
        return None
    if any(danger.language in COVERED_LANGUAGES for danger in dangers_named(text)):
        return None
    least = LEAST_COVERED_CHANCE_WHERE_KNOWN if english or other >= KNOWN_OTHER * len(words) else LEAST_COVERED_CHANCE
    language = _other_language(" ".join(token.written for token in words), least)
    return None if language is None else f"seems to be {language}, in which dangers are not looked for"


@lru_cache(maxsize=4_096)
def reads_as_english(text: str) -> bool:
    """Return whether a text may well be English: in Latin letters, with no more everyday words of another language."""
    plain = plain_text(text[:LONGEST_READ])
    letters = [sign for sign in plain if sign.isalpha()]
    if not letters or sum(letter > "\u024f" for letter in letters) > _SCRIPT_SHARE * len(letters):
        return False
    words = [token for token in tokens_of(plain) if token.folded.isalpha()]
    english = sum(token.written in COMMON or token.written in FILLERS for token in words)
    return english >= _known_words(words)[1]


def _strange_scripts(letters: list[str]) -> str | None:
    """Return the script that more than a fifth of the letters are written in, where no covered language uses it."""
    if all(letter < "\u0250" for letter in letters):
        return None
    strange = [script for script in map(_script, letters) if script not in _SCRIPTS]
    return max(set(strange), key=strange.count).capitalize() if len(strange) > _SCRIPT_SHARE * len(letters) else None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]


def _known_words(words: list[Token]) -> tuple[int, int]:
    """Count the everyday words and words of danger of English, and of the other language that has the most."""
    english = sum(token.written in COMMON or token.written in FILLERS for token in words)
    if english:
        english += sum(token.written not in COMMON and bool(concepts_of(token)) for token in words)
    counts: dict[str, int] = {}
    for token in words:
        for language in lexicon().common.get(token.written, ()):
            counts[language] = counts.get(language, 0) + 1
    return english, max((count for language, count in counts.items() if language != "en"), default=0)


@cache
def _detector() -> "LanguageDetector":
    # Loaded when the first text needs it: most never do, and the tables of letters take 40 MB.
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    covered = [Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper())) for code in sorted(COVERED_LANGUAGES)]
    others = [getattr(Language, name) for name in OTHER_LANGUAGES]
    return LanguageDetectorBuilder.from_languages(*covered, *others).with_low_accuracy_mode().build()


def _other_language(text: str, least: float) -> str | None:
    """Return the language of a text that is none of the covered ones, None where it may well be one of them."""
    values = _detector().compute_language_confidence_values(text)
    covered = sum(value.value for value in values if value.language.iso_code_639_1.name.lower() in COVERED_LANGUAGES)
    if not values or covered >= least or values[0].language.iso_code_639_1.name.lower() in COVERED_LANGUAGES:
        return None
    return values[0].language.name.capitalize()
