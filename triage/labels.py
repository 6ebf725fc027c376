"""Which of a case's labels holds: one rule for entity history, replays, certificates, the alarm and training."""

from collections.abc import Hashable, Iterable
from typing import Any, Final, Literal, Protocol, TypeVar

Question = Literal["risk", "cause"]
"""What a label is asked: whether acting straight through was wrong, or what the cause was."""
STRENGTH: Final = {"audit": 0, "backfill": 1, "resolution": 1, "outcome": 2}
"""Of each source; a source of another name, which only a file of outcomes can bring, counts as a backfill."""


class Label(Protocol):
    """What became known of one case. known_at: seconds or an instant, the same for all labels that are compared."""

    @property
    def source(self) -> str: ...
    @property
    def wrong(self) -> bool | None: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def known_at(self) -> Any: ...


_Key = TypeVar("_Key", bound=Hashable)
_Label = TypeVar("_Label", bound=Label)


def answers(label: Label, question: Question) -> bool:
    """Return whether a label answers the question at all."""
    return (label.wrong if question == "risk" else label.cause) is not None


def replaces(label: Label, held: Label | None, question: Question = "risk") -> bool:
    """Return whether a label holds in place of the one that held so far.

    A label that answers the question goes before one that does not, then the stronger source (outcome, then resolution
    and backfill, then audit), then the one known later; of two known at once, the one recorded later, which is `label`.
    """
    return held is None or _precedence(label, question) >= _precedence(held, question)


def labels_that_hold(labels: Iterable[tuple[_Key, _Label]], question: Question = "risk") -> dict[_Key, _Label]:
    """Choose the label that holds for each case, from labels in the order they were recorded; none where none
    answers."""
    held: dict[_Key, _Label] = {}
    for key, label in labels:
        if answers(label, question) and replaces(label, held.get(key), question):
            held[key] = label
    return held


def says_wrong(label: Label, question: Question, *, suggested: str) -> bool | None:
    """Return whether a decision was wrong by a label, None where it does not say. suggested: the cause that was
    decided."""
    if question == "risk":
        return None if label.wrong is None else bool(label.wrong)
    return None if label.cause is None else label.cause != suggested


def _precedence(label: Label, question: Question) -> tuple[bool, int, Any]:
    strength = STRENGTH.get(label.source, STRENGTH["backfill"])
    return answers(label, question), strength, label.known_at
