"""Every page says where what is proven rests on simulated cases."""

from datetime import timedelta

import pytest

from policies.judging.certificate import Certificate
from tests.serving.conftest import House
from tests.serving.pages.reading import look

SAYS = "rest on simulated cases"


@pytest.mark.parametrize("synthetic", [True, False])
def test_pages_say_so_where_a_certificate_is_synthetic_and_nowhere_else(house: House, synthetic: bool) -> None:
    now = house.clock()
    certificate = Certificate(
        certificate_id="C-1", domain="price_override", variant=None, policy_version="1.0.0", model_version="test",
        of="risk",
        alpha=0.1, delta=0.1, margin=1.0, certified_at=now, lapses_at=now + timedelta(days=30), segments={},
        evidence={},
        synthetic=synthetic,
    )  # fmt: skip
    house.service.promises._current = {("price_override", None): certificate}
    case_id = house.review_case()
    house.sign_in("ann")
    for path in ("/", "/cases", f"/cases/{case_id}", "/queues/OVERRIDE_DESK"):
        assert (SAYS in look(house, path).text) is synthetic, path
