"""How long queues would be: cases and reviewers' minutes, for every queue in which somebody waits for a person."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from policies.document.document import PolicyDocument, Queue
from policies.judging.routing import worked_queues

_MINUTES: Final = 10.0
Floats = NDArray[np.float64]


def worked(queues: Mapping[str, Queue], documents: Iterable[PolicyDocument]) -> dict[str, Queue]:
    """Leave out queues that are only the address of automatic cases; what no document declares any more may have been
    worked."""
    automatic: set[str] = set()
    worked_in: set[str] = set()
    for document in documents:
        own = worked_queues(document)
        worked_in |= own
        automatic |= document.queues.keys() - own
    return {name: queue for name, queue in queues.items() if name not in automatic - worked_in}


def waiting_minutes(names: NDArray[np.object_], queues: Mapping[str, Queue]) -> Floats:
    """Return what each case takes where it waited; what was automatic took nobody's time."""
    minutes = {name: queue.minutes_per_case for name, queue in queues.items()}
    return np.array([0.0 if name is None else minutes.get(name, _MINUTES) for name in names], dtype=np.float64)


def queue_lengths(names: NDArray[np.object_], minutes: Floats, known: Mapping[str, Queue]) -> list[dict[str, Any]]:
    """Count the cases that wait, and their minutes, by queue: those known, then any other a case waits in."""
    counted: dict[str, list[float]] = {name: [0.0, 0.0] for name in known}
    for name, taken in zip(names, minutes, strict=True):
        if name is not None:
            found = counted.setdefault(name, [0.0, 0.0])
            found[0] += 1
            found[1] += taken
    return [
        {
            "queue": name,
            "title": known[name].title if name in known else name,
            "cases": int(cases),
            "minutes": float(minutes),
            "minutes_per_day": known[name].minutes_per_day if name in known else None,
        }
        for name, (cases, minutes) in counted.items()
    ]
