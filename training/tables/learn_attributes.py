"""What a table teaches about its own columns before any model does: values, telling pieces of text, usual rates.

What needs labels is learnt from the earlier part of the labelled cases, so that nothing a model is judged on has had a
say.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.attributes.attribute import Attribute
from features.attributes.attribute_text import pieces
from training.tables.mapping_form import AttributeMap, TableMapping
from training.tables.row import Row
from training.tables.table_error import TableError
from training.tables.table_labels import RowLabel

MAX_CATEGORIES: Final = 200
MAX_PIECES: Final = 300
_EARLIER_SHARE: Final = 0.6
_JUDGED_FROM: Final = 0.8
_MAX_TEXTS: Final = 20_000
_MIN_TEXTS_WITH_PIECE: Final = 3
_MAX_CAUSES: Final = 8
_MIN_OF_CAUSE: Final = 20
_STRENGTHS: Final = (1.0, 200.0)

Learnt = Sequence[tuple[Row, RowLabel]]


def learn_attributes(mapping: TableMapping, rows: Sequence[Row], path: Path) -> list[Attribute]:
    """Declare the mapping's attributes with what the rows, in order of time, teach of each; TableError where one cannot
    be."""
    learnt = _earlier(rows)
    return [_declared(name, field, rows, learnt, path) for name, field in mapping.attributes.items()]


def usual_rates(keys: Sequence[str | None], happened: Sequence[bool]) -> tuple[float, float]:
    """Estimate how often it happens, and how many trials of one key that knowledge is worth (beta-binomial, by
    moments)."""
    n, p = len(happened), (sum(happened) + 1.0) / (len(happened) + 2.0)
    trials: dict[str, list[bool]] = defaultdict(list)
    for key, one in zip(keys, happened, strict=True):
        if key is not None:
            trials[key].append(one)
    sizes = np.array([len(ones) for ones in trials.values()], dtype=np.float64)
    freedom = sizes.sum() - (sizes**2).sum() / max(sizes.sum(), 1.0)
    if n == 0 or freedom < 1.0:
        return p, 5.0
    rates = np.array([sum(ones) for ones in trials.values()]) / sizes
    mean = float((sizes * rates).sum() / sizes.sum())
    spread = float((sizes * (rates - mean) ** 2).sum())
    within = mean * (1.0 - mean)
    between = (spread - (len(sizes) - 1) * within) / freedom
    strength = within / between - 1.0 if between > 0 else _STRENGTHS[1]
    return p, float(np.clip(strength, *_STRENGTHS))


def telling_pieces(texts: Sequence[str], classes: Sequence[str | None]) -> tuple[str, ...]:
    """Choose the pieces of words that tell classes apart (chi-square); the most common ones where there are no classes.

    Of pieces that stand in the very same texts, one is chosen.
    """
    step = -(-len(texts) // _MAX_TEXTS) or 1
    texts, classes = texts[::step], classes[::step]
    holders: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        for piece in pieces(text):
            holders[piece].append(at)
    min_texts = max(_MIN_TEXTS_WITH_PIECE, len(texts) // 1000)
    # The longest of equal pieces says most; the order makes the choice the same every time.
    distinct = {
        tuple(at): piece
        for piece, at in sorted(holders.items(), key=lambda item: (len(item[0]), item[0]))
        if min_texts <= len(at) < len(texts)
    }
    names = sorted({name for name in classes if name is not None})
    code = np.array([-1 if name is None else names.index(name) for name in classes], dtype=np.int64)
    weighed = [(_chi_square(np.array(at), code, len(names)), len(at), piece) for at, piece in distinct.items()]
    chosen = sorted(weighed, key=lambda one: (-one[0], -one[1], one[2]))[:MAX_PIECES]
    return tuple(sorted(piece for _, _, piece in chosen))


def _chi_square(holders: NDArray[np.int64], code: NDArray[np.int64], n_classes: int) -> float:
    """Return how far the classes of the texts holding a piece are from the usual."""
    if n_classes < 2:
        return 0.0
    usual = np.bincount(code[code >= 0], minlength=n_classes)
    of_holders = code[holders]
    found = np.bincount(of_holders[of_holders >= 0], minlength=n_classes)
    expected = usual / usual.sum() * found.sum()
    return float(((found - expected) ** 2 / np.maximum(expected, 1e-9)).sum())


def _earlier(rows: Sequence[Row]) -> Learnt:
    """Pick the earlier cases whose label was known before the latest came up; none where all have one date."""
    labelled = [(row, row.label) for row in rows if row.label is not None]
    if not labelled or labelled[0][0].as_of == labelled[-1][0].as_of:
        return []
    judged_from = labelled[int(len(labelled) * _JUDGED_FROM)][0].as_of.timestamp()
    earlier = labelled[: round(len(labelled) * _EARLIER_SHARE)]
    return [(row, label) for row, label in earlier if label.known_at < judged_from]


def _declared(name: str, field: AttributeMap, rows: Sequence[Row], learnt: Learnt, path: Path) -> Attribute:
    if field.kind == "category":
        return Attribute(name=name, kind="category", vocabulary=_categories(name, rows, path))
    if field.kind == "text":
        return Attribute(name=name, kind="text", vocabulary=_vocabulary(name, rows, learnt))
    if field.kind == "entity":
        return Attribute(name=name, kind="entity", **_rates(name, field, learnt))
    return Attribute(name=name, kind=field.kind, along=field.along)


def _categories(name: str, rows: Sequence[Row], path: Path) -> tuple[str, ...]:
    found = tuple(sorted({value for row in rows if (value := row.attributes.get(name)) is not None}))
    if len(found) > MAX_CATEGORIES:
        cure = f"a category has at most {MAX_CATEGORIES}; say `kind: entity`"
        raise TableError([f"{path.name}: attribute {name!r} has {len(found):,} different values; {cure}"])
    return found


def _vocabulary(name: str, rows: Sequence[Row], learnt: Learnt) -> tuple[str, ...]:
    """Learn a text's pieces from the earlier labelled cases, else from all texts."""
    pairs = [(row.attributes.get(name), label.cause or _yes_or_no(label.wrong)) for row, label in learnt]
    if not pairs:
        pairs = [(row.attributes.get(name), None) for row in rows]
    given = [(text, of) for text, of in pairs if text is not None]
    return telling_pieces([text for text, _ in given], [of for _, of in given])


def _yes_or_no(wrong: bool | None) -> str | None:
    return None if wrong is None else str(wrong)


def _rates(name: str, field: AttributeMap, learnt: Learnt) -> dict[str, Any]:
    """Learn an entity's usual share wrong, how alike entities are, and the shares of the causes worth counting."""
    options: dict[str, Any] = {"windows_days": field.windows_days} if field.windows_days else {}
    known = [(row.attributes.get(name), label) for row, label in learnt if label.wrong is not None]
    if not known:
        return options
    prior, strength = usual_rates([key for key, _ in known], [bool(label.wrong) for _, label in known])
    counts = Counter(label.cause for _, label in known if label.cause is not None)
    common = [cause for cause, times in counts.most_common(_MAX_CAUSES) if times >= _MIN_OF_CAUSE]
    if len(counts) > 2:
        options |= {"causes": tuple(sorted(common))}
        options |= {"cause_priors": tuple(counts[cause] / len(known) for cause in sorted(common))}
    return options | {"prior": prior, "strength": strength}
