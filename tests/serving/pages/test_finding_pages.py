"""Finding, figures and administration as a person uses them."""

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from serving.pages.charts import HEIGHT, WIDTH, bar_chart
from serving.pages.figures_page import expect_tomorrow, volume_chart
from tests.serving.conftest import House
from tests.serving.pages.reading import PAGE, Page, look, press
from triage.db.schema import audit_events
from triage.review.search_index import index_some


def plain(page: Page) -> str:
    return re.sub(r"\s+", " ", page.text)


class TestFinding:
    def test_search_narrow_down_keep_the_view_and_export_it(self, any_house: House) -> None:
        any_house.review_case(note="torn box")
        any_house.review_case(note="wet box")
        with any_house.service.engine.begin() as connection:
            index_some(connection)
        any_house.sign_in("ann")
        found = look(any_house, "/cases?q=box")
        assert "2 cases fit" in plain(found)
        assert "/cases?q=box&state=open" not in found.links  # one value narrows nothing down
        found = look(any_house, "/cases?q=torn&received_from=&state=open")
        assert "1 case fits" in plain(found)
        assert "State: Open" in plain(found)
        assert any(link.startswith("/v1/cases/export?") and "q=torn" in link for link in found.links)
        where = press(any_house, found, "/views", name="Torn <b>boxes</b>")
        again = look(any_house, where)
        assert "The view is kept under its name." in again.text
        assert "Torn <b>boxes</b>" in again.text
        delete = next(action for action in again.forms if action.endswith("/delete"))
        assert "The view is gone." in look(any_house, press(any_house, again, delete)).text

    def test_an_order_and_pages_of_it(self, any_house: House) -> None:
        any_house.review_case()
        any_house.sign_in("ann")
        for order in ("due", "risk", "expected_loss"):
            assert "PRO-" in look(any_house, f"/cases?order={order}").text


class TestFigures:
    def test_a_dashboard_of_nothing_says_so(self, any_house: House) -> None:
        any_house.sign_in("ann")
        page = look(any_house, "/figures")
        assert "Nothing was decided or closed in these days." in page.text

    @pytest.mark.parametrize("by", ["domain", "queue", "site", "vendor", "cause", "person"])
    def test_every_grouping_is_a_page(self, any_house: House, by: str) -> None:
        any_house.review_case()
        any_house.sign_in("ann")
        assert look(any_house, f"/figures?by={by}&days=7&domain=price_override").text

    def test_tomorrow_is_expected_from_the_same_weekday(self) -> None:
        def by_day(**counts: int) -> dict[str, Any]:
            days = {key.removeprefix("d").replace("_", "-"): count for key, count in counts.items()}
            return {"groups": [{"key": day, "cases": count} for day, count in days.items()]}

        today = date(2026, 11, 29)  # a Sunday: what counts is Mondays
        known = by_day(d2026_11_23=10, d2026_11_16=14, d2026_11_09=12, d2026_11_24=90)
        assert expect_tomorrow(known, today) == {"mean": 12.0, "low": 10.0, "high": 14.0}
        assert expect_tomorrow(by_day(d2026_11_23=10, d2026_11_16=14), today) is None

    def test_a_day_without_a_case_has_its_place(self) -> None:
        groups = [{"key": "2026-11-28", "cases": 3, "straight_through": 1}]
        chart = volume_chart(groups, first=date(2026, 11, 26), last=date(2026, 11, 29))
        assert [mark.text for mark in chart.names] == ["2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"]
        assert [part.hint for part in chart.parts] == ["2026-11-28: 1 straight through", "2026-11-28: 2 for people"]

    @pytest.mark.parametrize(
        ("values", "scale"),
        [
            ([0.0], ["0", "1"]),
            ([1.0], ["0", "1"]),
            ([7.0], ["0", "2", "4", "6", "8"]),
            ([320.0], ["0", "100", "200", "300", "400"]),
            ([0.5], ["0", "0.2", "0.4", "0.6"]),
        ],
    )
    def test_a_scale_is_round_and_holds_the_largest(self, values: list[float], scale: list[str]) -> None:
        chart = bar_chart(["a"], [("of it", values)])
        assert [mark.text for mark in chart.scale] == scale
        assert all(0 <= part.x <= part.x + part.width <= WIDTH and 0 <= part.y <= HEIGHT for part in chart.parts)

    def test_nothing_is_drawn_of_nothing(self) -> None:
        assert bar_chart([], []).parts == ()


class TestAdministration:
    def test_people_and_roles(self, any_house: House) -> None:
        any_house.sign_in("root")
        page = look(any_house, "/admin")
        add = {"verb": "create_user", "name": "new.person", "password": "a long enough secret", "role": "analyst"}
        page = look(any_house, self.send(any_house, page, "/admin/people", domain="price_override", **add))
        assert "Done, and written into the audit trail." in page.text
        assert "new.person" in page.text
        for verb, more in (
            ("grant", {"role": "approver", "domain": ""}),
            ("revoke", {"role": "approver", "domain": ""}),
            ("set_password", {"password": "another long secret"}),
            ("disable_user", {}),
        ):
            page = look(any_house, self.send(any_house, page, "/admin/people", verb=verb, name="new.person", **more))
        assert "may not sign in" in page.text
        with any_house.service.engine.begin() as connection:
            verbs = connection.execute(select(audit_events.c.verb).where(audit_events.c.actor == "user:root")).scalars()
            assert {"create_user", "grant", "revoke", "set_password", "disable_user"} <= set(verbs)

    def test_a_key_is_shown_once(self, any_house: House) -> None:
        any_house.sign_in("root")
        page = look(any_house, "/admin")
        form = page.forms["/admin/keys"] | {"verb": "create_key", "name": "till", "role": "service", "domain": ""}
        made = any_house.client.post("/admin/keys", data=form, headers=PAGE)
        assert made.status_code == 200
        secret = re.search(r"trg_\w+", made.text)
        assert secret is not None
        assert secret[0] not in look(any_house, "/admin").text
        gone = any_house.client.post("/admin/keys", data=form | {"verb": "revoke_key"}, headers=PAGE)
        assert gone.status_code == 303

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({"verb": "explode", "name": "ann"}, "must be one of create_user"),
            (
                {"verb": "create_user", "name": "x y", "password": "a long enough secret", "role": "analyst"},
                "must be 1-64",
            ),
            ({"verb": "create_user", "name": "short", "password": "short", "role": "analyst"}, "must have"),
            ({"verb": "grant", "name": "ann", "role": "emperor"}, "must be one of"),
            ({"verb": "disable_user", "name": "root"}, "is you: another administrator"),
            ({"verb": "revoke", "name": "root", "role": "admin"}, "is your own: another administrator"),
        ],
    )
    def test_what_cannot_be_done_is_refused_with_a_sentence(
        self, any_house: House, form: dict[str, str], sentence: str
    ) -> None:
        any_house.sign_in("root")
        page = look(any_house, "/admin")
        answer = any_house.client.post("/admin/people", data=page.forms["/admin/people"] | form, headers=PAGE)
        assert answer.status_code == 422
        assert sentence in answer.text

    @pytest.mark.parametrize("name", ["ann", "paul"])
    @pytest.mark.parametrize("path", ["/admin", "/admin/deliveries"])
    def test_nobody_else_comes_in(self, any_house: House, name: str, path: str) -> None:
        any_house.sign_in(name)
        assert any_house.client.get(path, headers=PAGE).status_code == 403
        assert path not in look(any_house, "/").links

    def test_deliveries(self, any_house: House) -> None:
        any_house.sign_in("root")
        page = look(any_house, "/admin/deliveries")
        assert "No dead letters" in page.text
        assert "No system is connected." in page.text
        assert any_house.client.get("/admin/deliveries?state=lost", headers=PAGE).status_code == 422

    @staticmethod
    def send(house: House, page: Page, action: str, **fields: str) -> str:
        """Send a form as one of several of the same action: its token, and these fields."""
        form = {"csrf_token": page.forms[action]["csrf_token"]} | fields
        answer = house.client.post(action, data=form, headers=PAGE)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])
