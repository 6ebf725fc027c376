"""Letting a case rest and passing it on over HTTP: what is refused says which field, and who may."""

import pytest

from tests.serving.conftest import House


def post(house: House, case_id: str, verb: str, body: object, who: dict[str, str]):
    return house.client.post(f"/v1/cases/{case_id}/{verb}", json=body, headers=who)


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("hold", {}, "reason"), ("hold", {"reason": ""}, "reason"), ("hold", {"reason": "x" * 4001}, "reason"),
        ("hold", {"reason": "x", "until": "2026-03-03T08:00:00"}, "until"),
        ("hold", {"reason": "x", "until": "2020-01-01T00:00:00Z"}, "until"),
        ("hold", {"reason": "x", "until": "9999-12-31T23:59:59Z"}, "until"),
        ("hold", {"reason": "x", "for": 3}, "for"),
        ("snooze", {}, "until"), ("snooze", {"until": "tomorrow"}, "until"),
        ("snooze", {"until": "2099-01-01T00:00:00Z"}, "until"),
        ("hand-off", {}, "to"), ("hand-off", {"to": "nobody"}, "to"), ("hand-off", {"to": "key:pos"}, "to"),
        ("hand-off", {"to": "a\u0000b"}, "to"),
        ("assign", {}, "to"), ("assign", {"queue": "NOWHERE"}, "queue"), ("assign", {"to": None, "queue": None}, "to"),
        ("send-back", {}, "reason"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_happens(house: House, verb: str, body: dict, field: str) -> None:
    case_id, ann = house.review_case(), house.sign_in("ann")
    assert post(house, case_id, "claim", None, ann).status_code == 200
    answer = post(house, case_id, verb, body, ann)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    task = house.client.get(f"/v1/cases/{case_id}", headers=ann).json()["task"]
    assert (task["state"], task["claimed_by"]) == ("claimed", "user:ann")


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("hold", {"reason": "x"}), ("snooze", {"until": "2026-03-02T10:00:00Z"}), ("hand-off", {"to": "paul"}),
        ("assign", {"to": "paul"}), ("send-back", {"reason": "x"}), ("resume", None),
    ],
)  # fmt: skip
def test_who_may_not_work_on_a_case_may_not_move_it(house: House, verb: str, body: dict | None) -> None:
    case_id = house.review_case()
    assert post(house, case_id, verb, body, house.key(("viewer", None))).status_code == 403
    assert post(house, case_id, verb, body, {}).status_code == 401
    assert post(house, case_id, verb, body, house.sign_in("ann")).status_code == 409, "nobody holds it"
    assert post(house, "nowhere", verb, body, house.sign_in("ann")).status_code == 404
    restricted = house.escalated_case()
    assert post(house, restricted, verb, body, house.sign_in("ann")).status_code == 404


def test_the_page_of_a_case_tells_its_rests_in_words(house: House) -> None:
    case_id, ann = house.review_case(), house.sign_in("ann")
    for verb, body in (
        ("claim", None), ("hold", {"reason": "Asked the supplier."}), ("resume", None), ("claim", None),
        ("hand-off", {"to": "paul"}),
    ):  # fmt: skip
        assert post(house, case_id, verb, body, ann).status_code == 200
    page = house.client.get(f"/cases/{case_id}", headers={"Accept": "text/html"}).text
    for words in ("Put on hold", "the clock stands still", "Asked the supplier.", "Brought back", "Handed to paul"):
        assert words in page
