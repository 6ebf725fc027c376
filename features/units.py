"""Units of measure by the codes of UN/ECE Recommendation 20, and how many of one make another.

A small table of the codes that trade in goods uses, each with its dimension and its size in the dimension's base unit
(a piece, a kilogram, a litre, a metre, a square metre, a second). Packages (CS, BX, PK, PL and the like) are in it on
purpose not: how much a case holds is a fact of the item, and only the sender knows it.
"""

from collections.abc import Mapping
from typing import Final

_SIZES: Final[Mapping[str, Mapping[str, float]]] = {
    "piece": {"C62": 1.0, "H87": 1.0, "EA": 1.0, "NAR": 1.0, "PR": 2.0, "DZN": 12.0, "GRO": 144.0, "CEN": 100.0,
    "MIL": 1000.0},
    "mass": {
        "KGM": 1.0, "GRM": 0.001, "MGM": 1e-6, "DTN": 100.0, "TNE": 1000.0, "LBR": 0.45359237, "ONZ": 0.028349523125,
        "STN": 907.18474,
    },
    "volume": {
        "LTR": 1.0, "MLT": 0.001, "CLT": 0.01, "DLT": 0.1, "HLT": 100.0, "MTQ": 1000.0, "DMQ": 1.0, "CMQ": 0.001,
        "GLL": 3.785411784, "QTL": 0.946352946, "PTL": 0.473176473, "OZA": 0.0295735295625,
    },
    "length": {
        "MTR": 1.0, "MMT": 0.001, "CMT": 0.01, "DMT": 0.1, "KMT": 1000.0, "INH": 0.0254, "FOT": 0.3048, "YRD": 0.9144,
    },
    "area": {"MTK": 1.0, "CMK": 0.0001, "DMK": 0.01, "FTK": 0.09290304, "YDK": 0.83612736},
    "time": {"SEC": 1.0, "MIN": 60.0, "HUR": 3600.0, "DAY": 86400.0},
}  # fmt: skip
_SPELLINGS: Final[Mapping[str, str]] = {
    "PCE": "H87", "PCS": "H87", "PC": "H87", "EACH": "EA", "UNIT": "C62", "DZ": "DZN", "DOZ": "DZN", "KG": "KGM",
    "G": "GRM",
    "LB": "LBR", "LBS": "LBR", "L": "LTR", "ML": "MLT", "M": "MTR", "CM": "CMT", "MM": "MMT", "M2": "MTK", "M3": "MTQ",
    "HR": "HUR",
}  # fmt: skip
"""What systems write instead of a code, where it can mean nothing else."""
_OF: Final = {code: (dimension, size) for dimension, sizes in _SIZES.items() for code, size in sizes.items()}


def units_per_unit(of: str, per: str) -> float | None:
    """Return how many units `of` make one unit `per`: 1,000 for grams per kilogram; None where no table says it.

    >>> units_per_unit("GRM", "KGM")
    1000.0
    >>> units_per_unit("pcs", "EA")
    1.0
    >>> units_per_unit("EA", "CS") is None
    True
    """
    one, other = _code(of), _code(per)
    if one == other:
        return 1.0
    if one not in _OF or other not in _OF:
        return None
    (dimension, size), (other_dimension, other_size) = _OF[one], _OF[other]
    return other_size / size if dimension == other_dimension else None


def _code(unit: str) -> str:
    written = unit.strip().rstrip(".").upper()
    return _SPELLINGS.get(written, written)
