"""What the domains declare of their evidence: from whatever a payload has, of fields that exist, and what does not fit
is marked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from features.domains.invoice_discrepancy.panels import panels as invoice_panels
from features.domains.invoice_discrepancy.payload import InvoiceDiscrepancy
from features.domains.replenishment_risk.panels import panels as stock_panels
from features.domains.replenishment_risk.payload import ReplenishmentRisk
from features.domains.return_fraud.panels import panels as return_panels
from features.domains.return_fraud.payload import ReturnFraud
from features.panels import Background, Chart, FactList, Grid, Panel, RelatedCase, Timeline, Value
from serving.api.payload_examples import example_case
from triage.domains import BUILT_IN

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AROUND = Background(as_of=NOW, currency="USD")


def values_of(panel: Panel) -> Iterator[Value]:
    if isinstance(panel, FactList):
        yield from (value for _, value in panel.items)
    elif isinstance(panel, Grid):
        yield from (value for _, cells in panel.rows for value in cells)
    elif isinstance(panel, Timeline):
        yield from (value for moment in panel.moments for value in moment.detail)


def row(panels: Any, name: str) -> tuple[Value, ...]:
    (grid,) = [panel for panel in panels if isinstance(panel, Grid) and any(name == title for title, _ in panel.rows)]
    return dict(grid.rows)[name]


@pytest.mark.parametrize("domain", BUILT_IN, ids=lambda domain: domain.name)
class TestEveryDomain:
    def test_every_value_names_fields_that_exist(self, domain: Any) -> None:
        payload = domain.recipe.payload.model_validate(example_case(domain)["payload"])
        fields = set(domain.recipe.payload.model_fields)
        for panel in domain.evidence.panels(payload, AROUND):
            for value in values_of(panel):
                assert set(value.fields) <= fields, (panel.title, value)

    def test_a_payload_of_required_fields_alone_is_shown(self, domain: Any) -> None:
        model = domain.recipe.payload
        example = example_case(domain)["payload"]
        least = {name: example[name] for name, field in model.model_fields.items() if field.is_required()}
        assert domain.evidence.panels(model.model_validate(least), AROUND)

    def test_the_trails_it_wants_are_its_own(self, domain: Any) -> None:
        assert set(domain.evidence.related) <= {trail.name for trail in domain.recipe.trails}


class TestInvoice:
    LINE = InvoiceDiscrepancy(
        invoice_id="I-1", supplier_id="V-1", line_amount=Decimal("110"), ordered_qty=Decimal(10),
        received_qty=Decimal(10), invoiced_qty=Decimal(10), po_unit_price=Decimal(10), invoice_unit_price=Decimal(11),
        tolerance_price_fraction=0.05, order_uom="EA", invoice_uom="EA",
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("price", "tone"), [("10.00", "good"), ("10.50", "warn"), ("10.51", "bad"), ("9.00", "warn")]
    )
    def test_a_price_beyond_its_tolerance_is_marked(self, price: str, tone: str) -> None:
        line = self.LINE.model_copy(update={"invoice_unit_price": Decimal(price)})
        assert row(invoice_panels(line, AROUND), "Unit price")[3].tone == tone

    @pytest.mark.parametrize(
        ("received", "before", "variance"), [("10", "0", "0"), ("8", "0", "2"), ("0", "0", "10"), ("10", "5", "5")]
    )
    def test_what_is_billed_is_held_to_the_lesser_of_order_and_receipt(
        self, received: str, before: str, variance: str
    ) -> None:
        line = self.LINE.model_copy(
            update={"received_qty": Decimal(received), "previously_invoiced_qty": Decimal(before)}
        )
        assert row(invoice_panels(line, AROUND), "Quantity")[3].value == Decimal(variance)

    def test_units_that_nothing_converts_are_not_compared(self) -> None:
        panels = invoice_panels(self.LINE.model_copy(update={"invoice_uom": "CS"}), AROUND)
        assert row(panels, "Unit")[3].value == "not comparable"
        assert row(panels, "Quantity")[3].value is None
        assert row(panels, "Unit price")[3].value is None

    def test_the_invoice_it_resembles_is_first_by_mark_and_can_be_opened(self) -> None:
        twin = RelatedCase(exception_id="E-0", at=NOW, payload={"invoice_id": "I-1", "line_amount": "110"})
        around = replace(AROUND, related={"order": [twin], "supplier": [twin]}, doubles=("E-0",))
        (timeline,) = [panel for panel in invoice_panels(self.LINE, around) if isinstance(panel, Timeline)]
        (moment,) = timeline.moments
        assert (moment.title, moment.case, moment.detail[1].note) == ("Claims the same", "E-0", "same amount")


class TestReturn:
    def test_velocity_counts_by_window_and_linked_customers(self) -> None:
        returned = ReturnFraud(
            claim_type="return", channel="store", sku="S", qty_claimed=Decimal(1), refund_amount=Decimal(10),
            customer_id_hash="c-1", address_hash="a-1",
        )  # fmt: skip
        days = (1, 8, 40, 400)
        related = [
            RelatedCase(
                exception_id=f"R-{day}", at=NOW - timedelta(days=day), payload={"customer_id_hash": f"c-{day}"},
                wrong=day == 8,
            )
            for day in days
        ]  # fmt: skip
        panels = return_panels(returned, replace(AROUND, related={"address": related}))
        assert [value.value for value in row(panels, "Address")] == [1, 2, 3, 1, 3]


class TestStock:
    ITEM = ReplenishmentRisk(
        sku="S", on_hand=Decimal(6), forecast_daily_qty=Decimal(2), sales_1d_qty=Decimal(3), sales_7d_qty=Decimal(15),
        sales_28d_qty=Decimal(57), in_transit_qty=Decimal(20), next_receipt_at=NOW + timedelta(days=5),
    )  # fmt: skip

    def chart(self, item: ReplenishmentRisk) -> Chart:
        (found,) = [panel for panel in stock_panels(item, AROUND) if isinstance(panel, Chart)]
        return found

    def test_sales_are_drawn_as_averages_of_the_spans_that_are_told_apart(self) -> None:
        sold = dict(self.chart(self.ITEM).series[0].points)
        assert (sold[-28.0], sold[-7.0], sold[-1.0]) == (2.0, 2.0, 3.0)

    def test_stock_falls_by_the_forecast_and_rises_with_a_receipt(self) -> None:
        (stock,) = [one for one in self.chart(self.ITEM).series if one.name == "Expected stock"]
        assert [quantity for _, quantity in stock.points[:7]] == [6, 4, 2, 0, 0, 20, 18]

    @pytest.mark.parametrize(("on_hand", "said"), [("6", True), ("10", False), ("0", False)])
    def test_it_says_when_stock_is_used_up_before_the_receipt(self, on_hand: str, said: bool) -> None:
        item = self.ITEM.model_copy(update={"on_hand": Decimal(on_hand)})
        assert bool(self.chart(item).note) is said
