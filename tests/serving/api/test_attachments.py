"""Files of a case: of the types their content shows, of bounded size and number, given so that nothing of them runs."""

import io

import pytest
from PIL import Image

from tests.serving.conftest import House
from tests.serving.pages.reading import look


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(written, "PNG")
    return written.getvalue()


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def add(house: House, case_id: str, content: bytes, *, name: str = "box.png", role: str = "analyst"):
    key = house.key((role, None)) | {"Content-Type": "application/octet-stream"}
    return house.client.post(f"/v1/cases/{case_id}/attachments?name={name}", content=content, headers=key)


class TestAdding:
    @pytest.mark.parametrize(
        ("content", "name", "media_type"),
        [
            (picture(), "box.png", "image/png"),
            (picture(), "box.pdf", "image/png"),
            (PDF, "note.pdf", "application/pdf"),
        ],
    )
    def test_the_type_is_that_of_the_content(
        self, any_house: House, content: bytes, name: str, media_type: str
    ) -> None:
        case_id = any_house.review_case()
        answer = add(any_house, case_id, content, name=name)
        assert (answer.status_code, answer.json()["media_type"], answer.json()["size"]) == (
            201,
            media_type,
            len(content),
        )
        listed = any_house.client.get(f"/v1/cases/{case_id}/attachments", headers=any_house.key(("viewer", None)))
        assert [one["name"] for one in listed.json()["attachments"]] == [name]

    @pytest.mark.parametrize("content", [HTML, SVG, b"", b"MZ\x90\x00", b"plain text"])
    def test_what_is_no_picture_and_no_pdf_is_refused(self, house: House, content: bytes) -> None:
        assert add(house, house.review_case(), content).status_code == 422

    def test_a_path_is_no_part_of_a_name(self, house: House) -> None:
        answer = add(house, house.review_case(), picture(), name="..%2F..%5Cetc%2Fbox.png")
        assert answer.json()["name"] == "box.png"

    def test_too_large_and_too_many_are_refused(self, house: House) -> None:
        case_id = house.review_case()
        assert add(house, case_id, picture() + b"\x00" * 4_000_001).status_code == 413
        assert [add(house, case_id, picture()).status_code for _ in range(21)] == [201] * 20 + [409]

    @pytest.mark.parametrize(
        ("role", "status"), [("viewer", 403), ("service", 403), ("analyst", 201), ("approver", 201)]
    )
    def test_it_takes_the_right_to_work_on_the_case(self, house: House, role: str, status: int) -> None:
        assert add(house, house.review_case(), picture(), role=role).status_code == status


class TestGiving:
    def test_nothing_of_it_runs_in_a_browser(self, house: House) -> None:
        case_id = house.review_case()
        for content, name, shown in ((picture(), "box.png", "inline"), (PDF, "n.pdf", "attachment")):
            address = (
                f"/v1/cases/{case_id}/attachments/{add(house, case_id, content, name=name).json()['attachment_id']}"
            )
            answer = house.client.get(address, headers=house.key(("viewer", None)))
            assert answer.content == content
            assert answer.headers["content-disposition"].startswith(f"{shown}; filename*=UTF-8''{name}")
            assert "sandbox" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"

    def test_files_of_a_restricted_case_are_only_for_those_who_may_see_it(self, house: House) -> None:
        case_id = house.escalated_case()
        added = add(house, case_id, picture(), role="approver").json()["attachment_id"]
        for path in ("", f"/{added}"):
            answers = [
                house.client.get(f"/v1/cases/{case_id}/attachments{path}", headers=house.key((role, None))).status_code
                for role in ("viewer", "analyst", "approver")
            ]
            assert answers == [404, 404, 200]

    def test_nor_is_it_found_under_another_case(self, house: House) -> None:
        first, second = house.review_case(), house.review_case()
        added = add(house, first, picture()).json()["attachment_id"]
        answer = house.client.get(f"/v1/cases/{second}/attachments/{added}", headers=house.key(("viewer", None)))
        assert answer.status_code == 404

    def test_the_page_shows_it_and_the_history_tells(self, house: House) -> None:
        case_id = house.review_case()
        add(house, case_id, picture())
        house.sign_in("vic")
        text = look(house, f"/cases/{case_id}").text
        assert "box.png" in text and "Added box.png" in text
