"""What customers and associates write about a simulated return: themes that several causes share."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.retailer import misspell
from lab.simulators.return_fraud.evidence import Category, Flags, Sheet
from lab.simulators.return_fraud.parameters import CAUSES, FLAGS

THEMES: Final[Mapping[str, Sequence[str]]] = {
    "size": (
        "too small", "too big, ordered the next size", "size runs small", "does not fit across the shoulders",
        "wrong size, need one up", "length is off, otherwise fine", "fits differently than my usual size",
        "tried both sizes, keeping the other one", "sleeves too long", "too tight around the feet",
    ),
    "sizes": (
        "ordered three sizes to try at home, keeping one", "bought several colours, sending the rest back",
        "kept the M, returning S and L", "ordered a few to compare", "only one of the five was right",
        "took all colours to choose from",
    ),
    "mind": (
        "changed my mind", "no longer needed", "found something else", "do not like the colour in daylight",
        "bought it in a hurry", "not what I imagined", "partner did not like it", "does not match the rest",
    ),
    "gift": ("gift, has it already", "birthday present, wrong taste", "got it twice", "gift without receipt"),
    "event": (
        "bought for a wedding, did not wear it after all", "party was cancelled", "only tried it on once",
        "needed it for the weekend only", "did not suit the occasion", "looked different in the evening",
        "tags came off when trying on", "worn for an hour indoors",
    ),
    "fault": (
        "stopped working after two days", "does not switch on", "battery empty within an hour", "zip is broken",
        "seam came undone", "screen flickers", "leaks at the bottom", "makes a loud noise", "handle broke off",
    ),
    "used_up": (
        "not happy with it after some weeks", "quality is not what it was", "wears out too quickly",
        "had it a while, never really used it", "forgot to bring it back earlier", "was away, please accept it late",
    ),
    "no_receipt": (
        "lost the receipt", "no receipt, bought it last week", "receipt was thrown away", "paid cash, no receipt",
        "was told it can be returned without receipt", "friend bought it for me",
    ),
    "till": (
        "receipt looked reprinted", "price did not scan, keyed by hand", "label was damaged, entered the number",
        "customer wanted cash", "card no longer valid, asks for another tender", "customer had left already",
        "sold at another store", "receipt hard to read",
    ),
    "price": (
        "now cheaper online", "was charged the full price", "shelf showed another price", "price changed since",
        "bought on promotion, label says more", "asks for the price on the tag",
    ),
    "not_received": (
        "never arrived although marked as delivered", "parcel was not at the door", "neighbours have nothing",
        "tracking says delivered but I was at home all day", "courier did not ring", "box was empty on arrival",
        "still waiting for the parcel", "delivered to the wrong house",
    ),
    "not_described": (
        "not as in the pictures", "not the model I ordered", "looks used", "material is different from the page",
        "arrived scratched", "one part is missing", "colour is nothing like the photo", "box was damaged",
    ),
    "sent_back": (
        "sent back with the label you gave me", "dropped at the parcel shop yesterday", "all items are in the box",
        "please refund, tracking shows it is on the way", "handed in, waiting for my refund", "returned everything",
    ),
    "urgent": (
        "need the refund today please", "please refund right away or I will dispute it with my bank",
        "as a loyal customer I expect an instant refund", "refund to my other card please",
    ),
}  # fmt: skip

TEXT_SHARE: Final = 0.4
SECOND_PHRASE: Final = 0.45
JOINTS: Final = (", ", ". ", " - ", " and ", "; ")

_HONEST: Final = {
    "size": 0.22, "sizes": 0.03, "mind": 0.23, "gift": 0.08, "event": 0.04, "fault": 0.12, "used_up": 0.04,
    "no_receipt": 0.03,
    "till": 0.03, "price": 0.03, "not_received": 0.02, "not_described": 0.07, "sent_back": 0.04, "urgent": 0.02,
}  # fmt: skip


def _leaning(share: float, **themes: float) -> Mapping[str, float]:
    """Mix what honest customers write with `share` of the given themes."""
    total = sum(themes.values())
    return {name: (1 - share) * weight + share * themes.get(name, 0.0) / total for name, weight in _HONEST.items()}


THEME_BY_CAUSE: Final[Mapping[str, Mapping[str, float]]] = {
    "legitimate": _HONEST,
    "wardrobing": _leaning(0.45, event=1),
    "bracketing_abuse": _leaning(0.45, sizes=1),
    "serial_policy_abuse": _leaning(0.45, used_up=1),
    "stolen_merchandise": _leaning(0.45, no_receipt=1),
    "stolen_tender": _leaning(0.45, urgent=1),
    "receipt_fraud": _leaning(0.45, till=1),
    "price_arbitrage_or_switch": _leaning(0.45, price=1),
    "item_swap_decoy": _leaning(0.45, fault=1, not_described=1),
    "empty_box_or_ftid": _leaning(0.45, sent_back=1),
    "overstated_quantity": _leaning(0.45, sent_back=1),
    "false_inr_or_snad_claim": _leaning(0.45, not_received=1, not_described=1),
    "employee_or_collusion": _leaning(0.45, till=1),
}
# A claim without goods is about the delivery or the fault, whoever makes it.
CLAIM_THEMES: Final[Mapping[str, Mapping[str, float]]] = {
    "inr": {"not_received": 0.85, "urgent": 0.15},
    "snad": {"not_described": 0.7, "fault": 0.25, "urgent": 0.05},
    "damaged": {"fault": 0.6, "not_described": 0.4},
    "missing_item": {"not_described": 0.7, "not_received": 0.3},
}
FALSE_CLAIM_URGENCY: Final = 0.25
"""Chance that a false claim is worded as urgent instead of by its claim type."""

SCRIPTS: Final = (
    "Hello, my parcel shows as delivered but nothing was in the mailbox, please refund to my original payment today",
    "I have shipped everything back with your label and the tracking is active, kindly release the refund now",
    "The item I received is not the one on your page and does not work, I already returned it in the box",
    "As a long time member I would like an instant refund for this order, the courier left it with nobody",
    "Package came open and empty, the seal was cut, I want my money back and not a replacement",
    "I returned all units in one box last week, the shop confirmed the weight, refund is missing",
)
"""Wordings passed around and pasted letter by letter."""


def draw_texts(sheet: Sheet, claims: Sequence[str], *, can_copy: Flags) -> tuple[list[str | None], NDArray[np.object_]]:
    """Compose one reason per case: nothing, a pasted script, or one or two phrases of the case's themes, typos
    included.

    Returns the texts and, joined by "+", the themes they were taken from ("script" for a pasted one, "" for none).
    """
    rng = sheet.rng
    spoken = rng.random(sheet.n) < TEXT_SHARE
    copied = sheet.draw(FLAGS["copied_words"], spoken & can_copy) & can_copy & spoken
    state = np.array([_STATES.index(claim) if claim in _STATES else 0 for claim in claims], dtype=np.int64)
    in_words = spoken & ~copied
    in_more = in_words & (rng.random(sheet.n) < SECOND_PHRASE)
    first, second = sheet.draw(THEME, in_words, state=state), sheet.draw(THEME, in_more, state=state)
    texts: list[str | None] = [None] * sheet.n
    themes = np.full(sheet.n, "", dtype=object)
    for row in np.flatnonzero(copied).tolist():
        texts[row], themes[row] = SCRIPTS[rng.integers(len(SCRIPTS))], "script"
    for row in np.flatnonzero(in_words).tolist():
        drawn = [NAMES[first[row]]] + ([NAMES[second[row]]] if in_more[row] else [])
        joint = JOINTS[rng.integers(len(JOINTS))]
        texts[row], themes[row] = joint.join(_phrase(rng, name) for name in drawn), "+".join(drawn)
    clumsy = misspell(rng, ["" if paste else text or "" for text, paste in zip(texts, copied, strict=True)])
    return [typed or text for typed, text in zip(clumsy, texts, strict=True)], themes


def _phrase(rng: np.random.Generator, theme: str) -> str:
    templates = THEMES[theme]
    return templates[int(rng.integers(len(templates)))]


def _themes() -> Category:
    """Return the theme of a phrase by claim type (the state) and cause."""
    states = []
    for claim in _STATES:
        weights = [CLAIM_THEMES.get(claim, THEME_BY_CAUSE[cause]) for cause in CAUSES]
        states.append([[of_cause.get(name, 0.0) for name in NAMES] for of_cause in weights])
    probabilities = np.array(states)
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    false = CAUSES.index("false_inr_or_snad_claim")
    probabilities[1:, false] *= 1.0 - FALSE_CLAIM_URGENCY
    probabilities[1:, false, NAMES.index("urgent")] += FALSE_CLAIM_URGENCY
    return Category(probabilities)


NAMES: Final = tuple(THEMES)
_STATES: Final = ("", *CLAIM_THEMES)
THEME: Final = _themes()
