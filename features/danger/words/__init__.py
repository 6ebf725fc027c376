"""Words of danger, by family of languages. English first: its rules name what others only share a letter with."""

from typing import Final

from features.danger.lexicon import Words
from features.danger.words.en import ENGLISH
from features.danger.words.germanic import DUTCH, GERMAN
from features.danger.words.more import MORE
from features.danger.words.romance import FRENCH, ITALIAN, PORTUGUESE, ROMANIAN, SPANISH
from features.danger.words.slavic import POLISH, RUSSIAN, UKRAINIAN
from features.danger.words.turkish_vietnamese import TURKISH, VIETNAMESE
from features.danger.words.unbroken import ARABIC, CHINESE, HINDI

COVERED: Final = (
    ENGLISH, SPANISH, GERMAN, FRENCH, PORTUGUESE, ITALIAN, DUTCH, POLISH, TURKISH, CHINESE, VIETNAMESE, RUSSIAN,
    UKRAINIAN,
    ROMANIAN, ARABIC, HINDI,
)  # fmt: skip
LANGUAGES: Final[tuple[Words, ...]] = (*COVERED, *MORE)
