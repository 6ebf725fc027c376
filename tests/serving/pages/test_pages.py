"""The pages, used as a person would: follow links, press buttons."""

import re
from typing import Any

import pytest

from tests.serving.conftest import House
from tests.serving.pages.reading import PAGE, Page, look, press
from triage.intake.decision import DecidedReason

NASTY = '<script>alert("x")</script>\'"&'


class TestWorking:
    def test_sign_in_take_rule_and_go_on(self, any_house: House) -> None:
        first, second = any_house.review_case(note="the till said so"), any_house.review_case()
        sign_in = look(any_house, "/sign-in?next=/")
        assert press(any_house, sign_in, "/sign-in", name="Ann ", password="correct horse battery") == "/"
        queues = look(any_house, "/")
        assert "2 open" in re.sub(r"\s+", " ", queues.text)
        opened = press(any_house, queues, "/queues/OVERRIDE_DESK/next")
        assert opened == f"/cases/{first}?queue=OVERRIDE_DESK"
        case = look(any_house, opened)
        assert "the till said so" in case.text
        form = case.forms[f"/cases/{first}/resolve"]
        assert form["cause"] == "sweethearting"  # the suggestion is filled in,
        assert "Favour to a friend suggested" in re.sub(r"\s+", " ", case.text)  # and marked as one
        assert form["reason_code"] == ""
        onward = press(
            any_house,
            case,
            f"/cases/{first}/resolve",
            action="corrected",
            reason_code="not_justified",
            comment="Seen on video",
        )
        assert onward == f"/cases/{second}?queue=OVERRIDE_DESK"
        last = look(any_house, onward)
        end = press(any_house, last, f"/cases/{second}/resolve", action="accepted", reason_code="justified")
        assert end == "/queues/OVERRIDE_DESK"
        assert "PRO-0002: Resolved." in look(any_house, end).text
        assert "Resolved." not in look(any_house, end).text  # a note is shown once
        closed = look(any_house, f"/cases/{first}")
        assert "Resolved: Corrected" in closed.text
        assert "Favour to a friend · The price was not justified" in closed.text
        assert "Seen on video" in closed.text
        assert "/queues/OVERRIDE_DESK" in closed.links  # the way on

    def test_claim_comment_and_give_back(self, house: House) -> None:
        case_id = house.review_case()
        house.sign_in("ann")
        case = look(house, f"/cases/{case_id}")
        case = look(house, press(house, case, f"/cases/{case_id}/claim"))
        assert "The case is yours until 09:45 UTC" in case.text
        held = re.sub(r"\s+", " ", look(house, "/").text)
        assert "You hold 1 case" in held
        assert "yours until 09:45 UTC" in held
        case = look(house, press(house, case, f"/cases/{case_id}/comment", text=NASTY))
        assert NASTY in case.text
        case = look(house, press(house, case, f"/cases/{case_id}/release"))
        assert "Given back to the queue" in case.text
        assert f"/cases/{case_id}/claim" in case.forms

    def test_what_somebody_else_holds_shows_who_and_offers_nothing(self, house: House) -> None:
        case_id = house.review_case()
        headers = house.sign_in("paul")
        house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
        house.sign_in("ann")
        case = look(house, f"/cases/{case_id}")
        assert "paul is working on it until" in case.text
        assert not any("claim" in action or "resolve" in action for action in case.forms)
        answer = house.client.post(
            f"/cases/{case_id}/claim", data=case.forms[f"/cases/{case_id}/comment"], headers=PAGE
        )
        assert answer.status_code == 409
        assert "Paul has claimed this case" in answer.text
        assert 'action="/sign-out"' in answer.text  # whoever is known keeps the way on

    def test_a_viewer_is_offered_no_verbs(self, house: House) -> None:
        case_id = house.review_case()
        house.sign_in("vic")
        assert set(look(house, f"/cases/{case_id}").forms) == {"/sign-out"}
        assert set(look(house, "/").forms) == {"/sign-out"}

    def test_an_analyst_holding_an_escalated_case_is_told_who_closes_it(self, house: House) -> None:
        case_id = house.escalated_case(restricted=False)
        headers = house.sign_in("ann")
        assert "It takes an approver to close it" in look(house, f"/cases/{case_id}").text  # before claiming, too
        house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
        case = look(house, f"/cases/{case_id}")
        assert "it takes an approver to close it" in case.text
        assert f"/cases/{case_id}/resolve" not in case.forms

    @pytest.mark.parametrize(
        "fields", [{"action": ""}, {"action": "deny"}, {"reason_code": ""}, {"cause": "??"}, {"comment": "x" * 5000}]
    )
    def test_a_bad_ruling_is_refused_with_a_way_back(self, lasting_house: House, fields: dict[str, str]) -> None:
        case_id = lasting_house.review_case()
        headers = lasting_house.sign_in("ann")
        lasting_house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
        form = look(lasting_house, f"/cases/{case_id}").forms[f"/cases/{case_id}/resolve"]
        sent = form | {"action": "accepted", "reason_code": "justified"} | fields
        answer = lasting_house.client.post(
            f"/cases/{case_id}/resolve", data=sent, headers=PAGE | {"Referer": f"http://testserver/cases/{case_id}"}
        )
        assert answer.status_code == 422
        assert f'href="/cases/{case_id}"' in answer.text


class TestShowing:
    def test_everything_written_by_others_is_escaped(self, house: House) -> None:
        case_id = house.review_case(
            note=NASTY,
            receipt_id=NASTY,
            cashier_id=NASTY,
            kind=NASTY,
            exception_id=f"X{NASTY}",
            attributes={NASTY: NASTY},
        )
        headers = house.sign_in("ann")
        house.client.post(f"/v1/cases/{case_id}/comment", json={"text": NASTY}, headers=headers)
        for path in (
            f"/cases/{case_id}",
            "/cases",
            "/queues/OVERRIDE_DESK",
            f"/cases?q={NASTY}",
            "/cases?domain=<script>",
        ):
            answer = house.client.get(path, headers=PAGE)
            assert "<script>" not in answer.text
        assert look(house, f"/cases/{case_id}").text.count(NASTY) >= 6

    @pytest.mark.parametrize(
        "path", ["/", "/cases", "/queues/OVERRIDE_DESK", "/docs", "/sign-in", "/cases/{case}", "/nowhere"]
    )
    def test_no_page_holds_a_script_or_a_style_of_its_own_or_of_another_host(
        self, lasting_house: House, path: str
    ) -> None:
        case_id = lasting_house.review_case()
        lasting_house.sign_in("ann")
        page = Page(lasting_house.client.get(path.format(case=case_id), headers=PAGE).text)
        assert [
            tag
            for tag, given in page.tags
            if tag == "style" or "style" in given or any(n.startswith("on") for n in given)
        ] == []
        loaded = [
            given.get("src") or given.get("href", "")
            for tag, given in page.tags
            if tag in ("img", "link", "iframe", "script")
        ]
        assert all(address.startswith("/static/") for address in loaded)

    def test_a_case_shows_decision_reasons_controls_payload_and_what_is_odd(self, house: House) -> None:
        case_id = house.review_case(
            authorised=False,
            markdown_share=0.255,
            delivered_on="2026-02-28",
            flags=["no_receipt"],
            pieces=999,
            kind="odd",
        )
        house.sign_in("ann")
        text = re.sub(r"\s+", " ", look(house, f"/cases/{case_id}").text)
        for part in (
            "Decided by rules, not by a model", "No champion is registered", "Ask for the reason and adjust the till "
            "report.",
            "Why a person decides Control No supervisor authorised it.", "Authorised by a supervisor No",
            "Odd in what was sent",
            "Payload.kind was left out", "Markdown share 25.5%", "Pieces 999", "Charged price 8.00 USD",
            "Flags No receipt",
            "Delivered on 28 Feb 2026", "For the record", "Segment none Certificate none The policy has no error "
            "budget.", case_id, "4 fields were not given", "Cashier, Overridden at, Kind, Note",
            "3 Mar 2026 09:15 UTC in 1 day", "Straight through means the override stands",
        ):  # fmt: skip
            assert part in text, part

    def test_sla_states_are_told_apart(self, house: House) -> None:
        house.review_case()
        house.sign_in("ann")
        states = []
        for hours in (0, 22.5, 2):
            house.clock.forward(hours=hours)
            house.sign_in("ann")
            text = look(house, "/queues/OVERRIDE_DESK").text
            states.append(
                [
                    state
                    for state in ("On track due", "At risk due", "Breached was due")
                    if state in re.sub(r"\s+", " ", text)
                ]
            )
        assert states == [["On track due"], ["At risk due"], ["Breached was due"]]

    def test_a_case_that_went_straight_through_has_no_task(self, house: House) -> None:
        decision = house.submit()
        house.sign_in("ann")
        page = look(house, f"/cases/{decision['case_id']}")
        assert "Let the override stand." in page.text
        assert not any("claim" in action for action in page.forms)

    def test_cases_are_filtered_and_paged(self, house: House) -> None:
        house.client.post("/v1/cases/batch", json=[house.case() for _ in range(60)], headers=house.system)
        house.review_case()
        house.sign_in("vic")
        page = look(house, "/cases?disposition=auto")
        older = next(link for link in page.links if "cursor=" in link)
        assert len([link for link in page.links if link.startswith("/cases/")]) == 50
        second = look(house, older)
        assert len([link for link in second.links if link.startswith("/cases/")]) == 10
        assert "/cases?disposition=auto" in second.links
        assert house.client.get("/cases?state=odd", headers=PAGE).status_code == 422

    def test_without_a_role_there_is_nothing_to_see(self, house: House) -> None:
        house.sign_in("new")
        answer = house.client.get("/", headers=PAGE)
        assert answer.status_code == 403
        assert "viewer" in answer.text


class TestViews:
    @pytest.mark.parametrize(
        ("value", "places", "shown"),
        [
            (None, 0, "–"),
            (0, 0, "0%"),
            (1, 0, "100%"),
            (0.001, 0, "< 1%"),
            (0.999, 0, "> 99%"),
            (0.0001, 1, "< 0.1%"),
            (0.5, 1, "50.0%"),
        ],
    )
    def test_a_share_never_reads_as_nothing_or_everything_by_rounding(
        self, value: Any, places: int, shown: str
    ) -> None:
        from serving.pages.templating import share

        assert share(value, places) == shown

    @pytest.mark.parametrize(
        ("minutes", "shown"),
        [
            (0, "now"),
            (1, "in 1 min"),
            (-59, "59 min ago"),
            (60, "in 1 h"),
            (200, "in 3 h 20 min"),
            (-1440, "1 day ago"),
            (1500, "in 1 day 1 h"),
            (3000, "in 2 days"),
            (-90 * 1440, "3 months ago"),
            (800 * 1440, "in 2 years"),
        ],
    )
    def test_distances(self, minutes: int, shown: str) -> None:
        from datetime import timedelta

        from serving.pages.templating import distance
        from tests.serving.conftest import Clock

        now = Clock().now
        assert distance(now + timedelta(minutes=minutes), now) == shown

    def test_evidence_bars_grow_with_weight_and_point_by_sign(self) -> None:
        from serving.pages.views import evidence

        reasons = [
            DecidedReason(code="model:a", text="Returns in a year: 9, which raises the risk.", weight=2.0),
            DecidedReason(code="model:b", text="What the text says lowers the risk.", weight=-0.5),
            DecidedReason(code="control:C", text="told with its values", weight=0.0),
            DecidedReason(code="threshold:auto", text="c", weight=0.0), DecidedReason(code="data_quality:x", text="d",
            weight=0.0), DecidedReason(code="data_quality:double.B-1.2", text="e", weight=0.0),
        ]  # fmt: skip
        found = evidence(reasons)
        assert [(bar.start, bar.length, bar.raises) for bar in found.bars] == [(50.0, 50.0, True), (37.5, 12.5, False)]
        assert [(bar.text, bar.value, bar.effect) for bar in found.bars] == [
            ("Returns in a year", "9", "raises strongly"),
            ("What the text says", "", "lowers"),
        ]
        assert found.grounds == (("Threshold", "c"),)
        assert [(odd.text, odd.double) for odd in found.oddities] == [("d", None), ("e", "B-1.2")]
        assert found.doubles == ["B-1.2"]

    def test_weak_evidence_draws_short_bars(self) -> None:
        from serving.pages.views import evidence

        (bar,) = evidence([DecidedReason(code="model:a", text="a", weight=-0.2)]).bars
        assert (bar.length, bar.effect) == (10.0, "lowers slightly")

    @pytest.mark.parametrize(
        ("code", "shown"),
        [
            ("at_risk", "At risk"),
            ("gift_card", "Gift card"),
            ("PP", "PP"),
            ("III", "III"),
            ("boris", "Bought online, returned in store"),
        ],
    )
    def test_codes_are_written_as_words(self, code: str, shown: str) -> None:
        from serving.pages.templating import words

        assert words(code) == shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("there is no case x", "There is no case x."),
            ("user:paul holds it.", "Paul holds it."),
            ("The estimate is high", "The estimate is high."),
        ],
    )
    def test_errors_and_titles_are_sentences(self, text: str, shown: str) -> None:
        from serving.pages.templating import sentence

        assert sentence(text) == shown

    def test_what_a_rule_read_is_written_with_titles_and_units(self) -> None:
        from toy_domain import DOMAIN

        from serving.pages.values import rule_values

        read = {
            "authorised": False, "listed_price": 900.0, "discount_share": 0.9, "flags": ["no_receipt"],
            "delivered_on": None,
            "food_limit_celsius": -5.0, "large": 500.0, "risk": 0.89150126, "expected_loss": 3.0,
            "cause": "sweethearting",
        }  # fmt: skip
        assert [f"{one.title}: {one.value}" for one in rule_values(DOMAIN, read, "USD")] == [
            "Authorised by a supervisor: No", "Listed price: 900.00 USD", "Share given away: 90%", "Flags: No receipt",
            "Delivered on: missing", "Food limit: −5 °C", "Large: 500", "Risk: 89.2%", "Expected loss: 3.00 USD",
            "Cause: Favour to a friend",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "unit"),
        [
            ("carrier_weight_g", "g"),
            ("hours_to_close", "h"),
            ("opening_hours_per_day", "h"),
            ("stockout_days_28d", "days"),
            ("sensor_slope_celsius_per_hour", "°C/h"),
            ("on_hand", ""),
        ],
    )
    def test_units_follow_from_names(self, name: str, unit: str) -> None:
        from serving.pages.values import unit_of

        assert unit_of(name) == unit
