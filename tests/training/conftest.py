"""Training in tests is small: few rows try several shapes, and many a network, which only the tests about that need."""

from collections.abc import Iterator

import pytest

from training.fitting import cause
from training.fitting import risk_and_impact as heads


@pytest.fixture(scope="module", autouse=True)
def _simplest_shapes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cause, "NETWORK_SHAPES", {0: None})
        patched.setattr(heads, "RISK_NETWORK_SHAPES", {0: None})
        for module, name in ((cause, "CAUSE_SHAPES"), (heads, "RISK_SHAPES")):
            shapes = getattr(module, name)
            patched.setattr(module, name, {least: some[:1] for least, some in shapes.items()})
        yield
