"""Personal data in free text: card numbers, bank accounts, e-mail addresses, telephone and social security numbers,
replaced by marks.

A text is masked where it is read, so that models, rules, storage, logs and pages all see the same. Found where it is
sure: by check digits (python-stdnum), by a known shape, never by digits alone; a barcode is no card.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from stdnum import ean, iban, luhn

CARD: Final = "[card number]"
BANK_ACCOUNT: Final = "[bank account]"
EMAIL: Final = "[e-mail address]"
PHONE: Final = "[telephone number]"
SOCIAL_SECURITY: Final = "[social security number]"
MARKS: Final[Mapping[str, str]] = {
    CARD: "a card number",
    BANK_ACCOUNT: "a bank account",
    EMAIL: "an e-mail address",
    PHONE: "a telephone number",
    SOCIAL_SECURITY: "a social security number",
}
"""The mark that replaces each kind, and the kind in words."""

_BETWEEN: Final = r"[\s.,\-_/|:*'·•~+]{0,4}"
_DIGITS: Final = re.compile(rf"\d(?:{_BETWEEN}\d){{11,60}}", re.ASCII)
_GROUP: Final = re.compile(r"\d+", re.ASCII)
_BRANDS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:30[0-5]\d|3095|3[689]\d{2})\d{10,15}"  # Diners
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12,15}"  # Discover
    r"|(?:62|81)\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5[6-8]\d{2}|6304|6390|67\d{2})\d{8,15}"  # Maestro
    r"|(?:60|65|81|82|508)\d{13,14}"  # RuPay
    r"|220[0-4]\d{12,15}"  # Mir
    r"|9792\d{12}|636(?:368|297)\d{10}"  # Troy, Elo
)
_LENGTHS: Final = range(19, 11, -1)
_BARCODES: Final = (8, 12, 13, 14, 18)
_IBAN: Final = re.compile(
    r"(?<![A-Z0-9])[A-Z]{2}[\s.\-]?\d{2}(?:[\s.\-]{0,2}[A-Z0-9]){11,30}", re.IGNORECASE | re.ASCII
)
_EMAIL: Final = re.compile(
    r"[A-Z0-9._%+\-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[A-Z0-9\-]{1,63}(?:\.[A-Z0-9\-]{1,63}){0,4}\.[A-Z]{2,24}\b",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(
    r"(?<![\w+])(?:"
    r"\+[1-9]\d{0,2}(?:[\s.\-/]{0,2}\(?\d{1,5}\)?){2,6}"
    r"|\(\d{3}\)[\s.\-]{0,2}\d{3}[\s.\-]\d{4}"
    r"|\d{3}([.\-])\d{3}\1\d{4}"
    r")(?![\d\w])",
    re.ASCII,
)
_CALLED: Final = re.compile(
    r"(\b(?:tel|telephone|phone|call|mobile|mob|cell|whatsapp|handy|telefon|tél|móvil|telefono|teléfono|telefone"
    r"|celular|ring|text)(?: me| us| him| her| them| back)?(?: at| "
    r"on)?(?:\s?(?:no|nr|number|num|is|is:))?\.?[\s:=#]{0,3})(\(?\+?\d[\d\s.\-/()]{6,18}\d)(?![\d\w])",
    re.IGNORECASE,
)
_SOCIAL_SECURITY: Final = re.compile(
    r"(?<![\d\-])(?!000|666|9\d\d)\d{3}(-)(?!00)\d{2}\1(?!0000)\d{4}(?![\d\-])", re.ASCII
)
_MIN_PHONE_DIGITS: Final = 7
_MAX_PHONE_DIGITS: Final = 15
_MIN_LENGTH: Final = 6
"""No personal data that is looked for is shorter."""
_MAY_HOLD: Final = re.compile(r"\d\D{0,4}\d\D{0,4}\d\D{0,4}\d|@|\(at\)|\[at\]", re.IGNORECASE)


def mask(text: str) -> str:
    """Return the text with personal data replaced by marks; the same text where there is none.

    >>> mask("refund to 4111.1111 1111-1111")
    'refund to [card number]'
    """
    if len(text) < _MIN_LENGTH or _MAY_HOLD.search(_folded(text)) is None:
        return text
    for spans, mark in (
        (_ibans, BANK_ACCOUNT),
        (_cards, CARD),
        (_emails, EMAIL),
        (_phones, PHONE),
        (_socials, SOCIAL_SECURITY),
    ):
        text = _replaced(text, list(spans(_folded(text))), mark)
    return text


def mask_cards(text: str) -> str:
    """Return the text with card numbers replaced by their mark, and nothing else."""
    return _replaced(text, list(_cards(_folded(text))), CARD) if len(text) >= _MIN_LENGTH else text


def marks_in(text: str) -> list[str]:
    """Name the kinds of personal data that were masked in a text, in words."""
    return [kind for mark, kind in MARKS.items() if mark in text]


def is_card_number(text: str) -> bool:
    """Check whether a text is a card number and nothing else."""
    folded = _folded(text.strip())
    return any(start == 0 and end == len(folded) for start, end in _cards(folded))


def is_plain(text: str) -> bool:
    """Check whether a text that should be a hash or token is a card number, a bank account or an e-mail address
    itself."""
    folded = _folded(text.strip())
    return any(start == 0 and end == len(folded) for find in (_cards, _ibans, _emails) for start, end in find(folded))


def _folded(text: str) -> str:
    """Write every digit, blank, dash and letter in its plain form, sign by sign, so that places stay the same."""
    return text if text.isascii() else "".join(map(_plain_sign, text))


def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.digit(sign))
    if category == "Pd" or sign in "\u2212\u00ad":
        return "-"
    if category in ("Zs", "Cf", "Zl", "Zp", "Mn", "Me"):
        return " "
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 else sign


def _replaced(text: str, spans: list[tuple[int, int]], mark: str) -> str:
    for start, end in reversed(spans):
        text = text[:start] + mark + text[end:]
    return text


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Find card numbers: digits of a brand's length and prefix with Luhn's check digit, from the start of a group to
    the end of one."""
    for run in _DIGITS.finditer(text):
        groups = [(run.start() + group.start(), run.start() + group.end()) for group in _GROUP.finditer(run[0])]
        at = 0
        while at < len(groups):
            last = _card_from(text, groups, at)
            if last is not None:
                yield groups[at][0], groups[last][1]
            at = at + 1 if last is None else last + 1


def _card_from(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Return the place of the group that ends a card beginning with a group, None where none does; the longest
    counts."""
    digits, found = "", None
    for at in range(first, len(groups)):
        digits += text[slice(*groups[at])]
        if len(digits) > _LENGTHS.start:
            break
        if len(digits) > _LENGTHS.stop and _is_card(digits, alone=at == first):
            found = at
    return found


def _is_card(digits: str, *, alone: bool) -> bool:
    if _BRANDS.fullmatch(digits) is None or not luhn.is_valid(digits) or len(set(digits)) == 1:
        return False
    # Fourteen digits of a Diners card are worth hiding even where they could be a carton's number.
    return not (alone and len(digits) in _BARCODES and len(digits) != _DINERS and _is_barcode(digits))


_DINERS: Final = 14


def _is_barcode(digits: str) -> bool:
    return ean.calc_check_digit(digits[:-1]) == digits[-1]


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for found in _IBAN.finditer(text):
        # The words behind an account look like more of it: the longest start that checks is the account.
        ends = [at for at in range(found.end(), found.start() + 14, -1) if text[at - 1].isalnum()]
        for end in ends:
            if text[end : end + 1].isalnum():
                continue
            if iban.is_valid(re.sub(r"[^A-Za-z0-9]", "", text[found.start() : end])):
                yield found.start(), end
                break


def _emails(text: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _EMAIL.finditer(text))


def _phones(text: str) -> Iterator[tuple[int, int]]:
    spans = [found.span() for found in _PHONE.finditer(text)] + [found.span(2) for found in _CALLED.finditer(text)]
    end = -1
    for start, stop in sorted(spans):
        digits = sum(map(str.isdecimal, text[start:stop]))
        if start >= end and _MIN_PHONE_DIGITS <= digits <= _MAX_PHONE_DIGITS:
            yield start, stop
            end = stop


def _socials(text: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _SOCIAL_SECURITY.finditer(text))
