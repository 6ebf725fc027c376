"""English words of danger."""

from typing import Final

from features.danger.everyday import COMMON
from features.danger.lexicon import Words
from features.danger.words.en_concepts import CONCEPTS
from features.danger.words.en_harmless import HARMLESS
from features.danger.words.en_people_and_goods import GOODS_DANGERS, PEOPLE_DANGERS
from features.danger.words.en_site import SITE_DANGERS
from features.danger.words.en_situations import NUTS, SITUATIONS

_BY_KIND: Final = SITE_DANGERS | PEOPLE_DANGERS | GOODS_DANGERS

ENGLISH: Final = Words(
    language="en",
    concepts={**CONCEPTS, "NUTS": NUTS},
    dangers=_BY_KIND | {kind: f"{_BY_KIND[kind]}\n{rules}" for kind, rules in SITUATIONS.items()},
    harmless=HARMLESS,
    denials="no not without never nor isnt wasnt arent werent dont doesnt didnt nobody none havent hasnt cant",
    common=" ".join(sorted(COMMON)),
)
