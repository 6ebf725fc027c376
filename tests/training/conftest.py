"""Training in tests is small."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def small_training(simplest_shapes: None) -> None:
    """Use `simplest_shapes` in every test here."""
