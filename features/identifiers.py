"""Identifiers as they are compared: one normal form for the spellings of one id, kept beside the id as it was written.

Two spellings of one id must meet; two ids must not. What is not sure (an abbreviation, a nickname, a confused letter)
is left apart.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Form = Literal["entity", "document", "serial", "code"]
"""How a field's ids are compared.

entity: supplier, site, item, person: blanks, hyphens and case mean nothing; a hyphen between two digits does, and so
    does a leading zero, unless the whole id is digits (`0042` is `42`, as systems pad them).
document: invoice, order, receipt, ticket: only letters and digits mean something, and no leading zero of a run of
digits.
serial: only letters and digits mean something, and every zero does.
code: like an entity, but no digits stand for "unknown".
"""


@dataclass(frozen=True, slots=True)
class Identifier:
    """Mark a text field as an identifier that is compared in a normal form."""

    form: Form = "entity"


_REMEMBERED: Final = 262_144
_WHOLE_FLOAT: Final = re.compile(r"(\d+)\.0+", re.ASCII)
_LOST_DIGITS: Final = re.compile(r"\d[.,]\d+E\+?\d+", re.ASCII | re.IGNORECASE)
_DASHES: Final = "\u2212\u00ad\u02d7\ufe63\uff0d\u30fc"
"""Signs that are typed or copied for a hyphen and that Unicode does not class as dashes."""
_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=[0-9])-(?=[0-9])")
_NO_ID: Final = frozenset(
    [
        "na",
        "nan",
        "nil",
        "null",
        "none",
        "unknown",
        "unknwn",
        "unk",
        "undefined",
        "unassigned",
        "notassigned",
        "notavailable",
        "notapplicable",
        "notknown",
        "nodata",
        "noid",
        "missing",
        "empty",
        "blank",
        "tbd",
        "tba",
        "tbc",
        "guest",
        "guestuser",
        "guestcustomer",
        "anonymous",
        "anon",
        "nobody",
        "noone",
        "dummy",
        "placeholder",
        "walkin",
        "walkincustomer",
        "cashcustomer",
        "nocustomer",
        "noaccount",
        "nosupplier",
        "novendor",
        "noserial",
        "noserialnumber",
        "nonumber",
        "noreceipt",
        "nopo",
        "keine",
        "keiner",
        "kein",
        "unbekannt",
        "ohne",
        "inconnu",
        "aucun",
        "aucune",
        "desconocido",
        "ninguno",
        "ninguna",
        "nenhum",
        "sconosciuto",
        "nessuno",
        "onbekend",
        "geen",
        "brak",
        "nieznany",
    ]
)
"""What people and spreadsheets write where there is no id, in letters and digits only."""
_CODES_TOO: Final = frozenset({"na", "blank", "empty", "brak", "ohne"})
"""Words of these that can be a code of its own, NA for Namibia."""
_SPREADSHEET_ERROR: Final = re.compile(r"#(?:n/a|ref!|value!|name\?|null!|num!|div/0!)")


def normal_form(value: str | None, form: Form) -> str | None:
    """Return the form two spellings of one id share, None where the value names nothing.

    >>> normal_form("INV-0042", "document") == normal_form(" inv\\u2011 42", "document")
    True
    """
    return None if value is None else _normal_form(value, form)


@lru_cache(_REMEMBERED)
def _normal_form(value: str, form: Form) -> str | None:
    if is_placeholder(value, form):
        return None
    text = _plain(value)
    whole = _WHOLE_FLOAT.fullmatch(text)
    text = whole[1] if whole else text
    if form in ("document", "serial"):
        text = "".join(sign for sign in text if sign.isalnum())
        return (_ZEROS.sub("", text) if form == "document" else text) or None
    bare = _without_hyphens(text)
    return (bare.lstrip("0") or "0") if bare.isdecimal() else bare or None


def _without_hyphens(text: str) -> str:
    """Drop blanks and hyphens, but keep one hyphen between two digits: 1-11 is not 11-1."""
    joined = re.sub(r"[\s-]+", "-", text).strip("-")
    kept = _BETWEEN_DIGITS.sub("\x00", joined)
    return kept.replace("-", "").replace("\x00", "-")


def _plain(value: str) -> str:
    """Fold case, width and look of letters, digits and dashes, and drop what cannot be seen."""
    if not value.isascii():
        value = unicodedata.normalize("NFKC", "".join("-" if sign in _DASHES else sign for sign in value))
        # Folded first: some small letters have no capital of one sign, and their marks must not be read apart.
        value = unicodedata.normalize("NFKC", value.casefold())
        value = "".join(map(_sign, value))
        value = unicodedata.normalize("NFKC", value.casefold())
    return value.casefold().strip()


def _sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(sign))
    return "" if category in ("Cf", "Cc", "Mn") and not sign.isspace() else sign


@lru_cache(_REMEMBERED)
def is_placeholder(value: str, form: Form = "entity") -> bool:
    """Check whether a text stands where there is no id: N/A, unknown, guest, a dash, only zeros or only nines."""
    text = _plain(value)
    bare = "".join(sign for sign in text if sign.isalnum())
    if not bare or _SPREADSHEET_ERROR.fullmatch(text):
        return True
    if form == "code":
        return bare in _NO_ID and (bare not in _CODES_TOO or not text.isalpha())
    if bare in _NO_ID:
        return True
    digits = _WHOLE_FLOAT.fullmatch(text)
    digits_only = digits[1] if digits else bare
    if not digits_only.isdecimal():
        return set(bare) == {"x"} and len(bare) > 1
    return not digits_only.strip("0") or (len(digits_only) >= _NINES and not digits_only.strip("9"))


_NINES: Final = 4
"""So many nines and nothing else are no id; 9, 99 and 999 can be."""


def has_lost_digits(value: str) -> bool:
    """Check whether a spreadsheet has written a long number in scientific notation, 4.00638E+12, and dropped its
    digits."""
    return _LOST_DIGITS.fullmatch(value.strip()) is not None


def within_one_edit(one: str, other: str) -> bool:
    """Check whether one character added, dropped, replaced or two neighbours swapped make two texts equal; equal ones
    are."""
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1]
    return one[at + 1 :] == other[at + 1 :] or (swapped and one[at + 2 :] == other[at + 2 :])
