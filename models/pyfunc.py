"""The door by which MLflow's own tools load a model version: `mlflow.pyfunc.load_model("models:/DOMAIN@champion")`.

Takes the rows the boosters read, text columns included, and needs neither a recipe nor the encoder; nothing is unpickled.
The service does not go through it: it costs milliseconds where `Scorer` costs a fraction of one.
"""

from pathlib import Path
from typing import Any

import numpy as np

from models.bundle import Bundle, load_bundle

OUTPUTS = ("risk", "impact", "expected_loss", "cause", "cause_probability")


class PredictedTable:
    """A bundle that predicts tables."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def predict(self, model_input: Any) -> Any:
        """Score a pandas table with one column per feature, by name; gives a table of `OUTPUTS`, row for row."""
        import pandas as pd

        names = [column.name for column in self._bundle.columns]
        rows = np.ascontiguousarray(model_input[names].to_numpy(dtype=np.float64))
        said = self._bundle.predict(rows)
        values = (
            said.risk,
            said.impact,
            said.risk * said.impact,
            [self._bundle.labels[at] for at in said.causes.argmax(axis=1).tolist()],
            said.causes.max(axis=1),
        )
        return pd.DataFrame(dict(zip(OUTPUTS, values, strict=True)), index=model_input.index)


def _load_pyfunc(data_path: str) -> PredictedTable:
    return PredictedTable(load_bundle(Path(data_path)))
