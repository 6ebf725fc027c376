"""Sources of look-ups over HTTP: who may change them, what is refused, and that a case then knows more."""

import pytest
from sqlalchemy import select

from tests.serving.conftest import House
from triage.db.schema import audit_events

VENDORS = {"name": "vendors", "url": "https://erp.example/vendors/{supplier_id}", "secret": "env:ERP_TOKEN"}


class TestSources:
    def test_a_system_and_a_table_are_added_listed_loaded_and_removed(self, any_house: House) -> None:
        client, root = any_house.client, any_house.sign_in("root")
        added = client.post("/v1/lookups", json=VENDORS, headers=root)
        assert (added.status_code, added.json()["kind"], added.json()["rows"]) == (201, "http", None)
        assert client.post("/v1/lookups", json={"name": "staff"}, headers=root).json()["rows"] == 0
        rows = [{"id": "C-1", "name": "Kim"}, {"id": "C-2", "name": "Jo"}, {"id": "C-1", "name": "Kim again"}]
        loaded = client.put("/v1/lookups/staff/rows", json={"key": ["id"], "rows": rows}, headers=root)
        assert loaded.json() == {"name": "staff", "rows": 2}
        shown = {one["name"]: one for one in client.get("/v1/lookups", headers=root).json()["sources"]}
        assert {name: (one["kind"], one["secret"], one["rows"]) for name, one in shown.items()} == {
            "staff": ("table", None, 2), "vendors": ("http", "env:ERP_TOKEN", None),
        }  # fmt: skip
        assert client.delete("/v1/lookups/vendors", headers=root).status_code == 204
        assert client.delete("/v1/lookups/vendors", headers=root).status_code == 404
        with any_house.service.engine.connect() as connection:
            verbs = connection.execute(
                select(audit_events.c.verb).where(audit_events.c.actor == "user:root").order_by(audit_events.c.seq)
            )
            assert list(verbs.scalars()) == ["add_lookup", "add_lookup", "load_lookup", "remove_lookup"]

    @pytest.mark.parametrize("person", ["vic", "ann", "paul", "mo", "pia"])
    def test_only_an_administrator_sees_or_changes_them(self, house: House, person: str) -> None:
        headers = house.sign_in(person)
        answers = [
            house.client.get("/v1/lookups", headers=headers),
            house.client.post("/v1/lookups", json=VENDORS, headers=headers),
            house.client.put("/v1/lookups/vendors/rows", json={"key": ["id"], "rows": []}, headers=headers),
            house.client.delete("/v1/lookups/vendors", headers=headers),
            house.client.get("/admin/lookups", headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [403] * 5

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"url": "http://10.0.0.7/{supplier_id}"}, "url"),
            ({"url": "https://169.254.169.254/{supplier_id}"}, "url"),
            ({"url": "https://localhost/{supplier_id}"}, "url"),
            ({"url": "https://{supplier_id}.example/"}, "url"),
            ({"secret": "a token as it is"}, "secret"),
            ({"name": "Vendors of ours"}, "name"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name(self, house: House, changes: dict[str, str], field: str) -> None:
        answer = house.client.post("/v1/lookups", json=VENDORS | changes, headers=house.sign_in("root"))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    def test_a_name_is_taken_once_and_a_system_has_no_rows(self, house: House) -> None:
        root = house.sign_in("root")
        assert house.client.post("/v1/lookups", json=VENDORS, headers=root).status_code == 201
        assert house.client.post("/v1/lookups", json=VENDORS, headers=root).status_code == 409
        body = {"key": ["id"], "rows": [{"id": "1"}]}
        assert house.client.put("/v1/lookups/vendors/rows", json=body, headers=root).status_code == 404
        missing = house.client.post("/v1/lookups", json={"name": "staff"}, headers=root)
        assert missing.status_code == 201
        answer = house.client.put("/v1/lookups/staff/rows", json={"key": ["id"], "rows": [{"a": 1}]}, headers=root)
        assert (answer.status_code, "row 1" in answer.text) == (422, True)
