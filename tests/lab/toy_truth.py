"""What a simulation would know of the toy domain's cases."""

import numpy as np

from lab.truth import Truth
from tests.toy_data import LABELS, SHARES, WRONG
from training.tables.dataset import Dataset


def make_truth(dataset: Dataset) -> Truth:
    """Give the exact posterior of the toy's cases without their text: days late and the seal tell the cause, nothing
    else does."""
    late, sealed = dataset.columns["days_late"], dataset.columns["sealed"]
    rates = 1.0 + 3.0 * np.arange(3)
    joint = np.log(SHARES) + late[:, None] * np.log(rates) - rates
    intact = np.array([0.9, 0.9, 0.2])
    seal = np.where(sealed[:, None] == 1, intact, 1 - intact)
    joint += np.log(np.where(np.isnan(sealed)[:, None], 1.0, seal))
    p_causes = np.exp(joint - joint.max(axis=1, keepdims=True))
    p_causes /= p_causes.sum(axis=1, keepdims=True)
    p_wrong = p_causes @ WRONG
    return Truth(
        exception_ids=list(dataset.exception_ids),
        labels=LABELS,
        cause=[str(cause) for cause in dataset.cause],
        wrong=dataset.wrong,
        loss=dataset.loss,
        p_causes=p_causes,
        p_wrong=p_wrong,
        expected_loss=p_wrong * dataset.columns["value"],
    )
