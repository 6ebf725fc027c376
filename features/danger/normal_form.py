"""A text in one form, whatever it was written with: tags, entities, widths, invisible letters, accents, emoji and
blanks."""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

EMOJI: Final = {
    "🔥": "emojifire", "🧨": "emojiexplosion", "💥": "emojiexplosion", "💣": "emojibomb", "⚡": "emojishock",
    "🚨": "emojialarm",
    "☠": "emojipoison", "💀": "emojipoison", "☣": "emojipoison", "☢": "emojipoison", "🚑": "emojiinjury",
    "🚒": "emojifire",
    "🆘": "emojihelp", "🩸": "emojiinjury", "🤕": "emojiinjury", "🔫": "emojiweapon", "🔪": "emojiweapon",
    "🗡": "emojiweapon",
    "🥷": "emojiweapon", "🤮": "emojisick", "🤢": "emojisick", "😵": "emojisick",
}  # fmt: skip
_EMOJI: Final = re.compile("|".join(EMOJI))
_INLINE_TAG: Final = re.compile(
    r"</?(?:a|b|i|u|s|em|strong|span|font|mark|small|sub|sup|wbr|tt|code)(?:\s[^<>]*)?/?>", re.I
)
_TAG: Final = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,2000}>", re.S)
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
_CONTRACTED: Final = re.compile(r"n ?['\u2019\u02bc`\u00b4]t\b")
_QUOTE: Final = re.compile("['\u2019\u2018\u02bc`\u00b4]")
_MARKS: Final = re.compile(r"[\u0300-\u036f\u064b-\u0652\u0670]")
_TOKEN: Final = re.compile(r"[^\W_]+|[.;!?\n\u3002\uff01\uff1f]|,")
_SPACED: Final = re.compile(r"(?<!\S)(?:[^\W\d_][ .\-_*]){2,}[^\W\d_](?!\S)")
_REPEATED: Final = re.compile(r"([^\W\d_])\1{2,}")
_DIGIT_LETTERS: Final = str.maketrans("013457@$", "oieastas")
_FOLDED: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i", "أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه",
    "ى": "ي", "ँ": "ं"}
)  # fmt: skip
SENTENCE_GAP: Final = 4
COMMA_GAP: Final = 1


@dataclass(frozen=True, slots=True)
class Token:
    """One word: as written in lower case, without accents, and where it stands (sentence ends count as four words)."""

    written: str
    folded: str
    at: int


def plain_text(text: str) -> str:
    """Return the text in lower case and composed form, without tags, entities and invisible letters; emoji become
    words.

    >>> plain_text("<p>G<b>as</b>&nbsp;LEAK</p>")
    ' gas leak '
    """
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", _INLINE_TAG.sub("", text))
    if text.isascii():
        return text.lower()
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
    # Lower-casing a dotted capital I leaves a mark behind.
    return _EMOJI.sub(lambda found: f" {EMOJI[found[0]]} ", text.replace("i\u0307", "i"))


def fold(text: str) -> str:
    """Return lower-case text without accents; Indic vowel signs and letters of other scripts stay.

    >>> fold("größe łódź")
    'grosse lodz'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text))).translate(_FOLDED)


def tokens_of(plain: str) -> list[Token]:
    """Return the words of a text that `plain_text` gave, in order."""
    text = _CONTRACTED.sub("nt", plain)
    text = _SPACED.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), _QUOTE.sub(" ", text))
    tokens, at = [], 0
    for word in _TOKEN.findall(text):
        if word == ",":
            at += COMMA_GAP
        elif len(word) == 1 and not word.isalnum():
            at += SENTENCE_GAP
        else:
            tokens.append(Token(word, fold(word), at))
            at += 1
    return tokens


def spellings(folded: str) -> tuple[str, ...]:
    """Return other spellings a word may stand for: letters held down, digits put for letters, endings cut short."""
    found = []
    if _REPEATED.search(folded):
        found += [_REPEATED.sub(r"\1", folded), _REPEATED.sub(r"\1\1", folded)]
    if len(folded) >= 4 and not folded.isalpha() and sum(map(str.isdigit, folded)) * 2 <= len(folded):
        found.append(folded.translate(_DIGIT_LETTERS))
    if len(folded) >= 5 and folded.endswith("in"):
        found.append(f"{folded}g")
    if len(folded) >= 4 and folded[-1] == "d" and folded[-2] not in "aeiouy":
        found += [f"{folded[:-1]}ed", f"{folded[:-1]}{folded[-2]}ed"]
    return tuple(found)
