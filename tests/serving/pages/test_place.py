"""Every page says which environment it is of, where it has a name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.serving.conftest import House, open_house

PAGE = {"Accept": "text/html"}


@pytest.fixture
def named_house(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    yield from open_house(sqlite_engine, tmp_path, environment="Test <2>")


def test_every_page_names_it(named_house: House) -> None:
    banner = '<p class="place">Test &lt;2&gt;</p>'
    assert banner in named_house.client.get("/sign-in").text
    named_house.sign_in("root")
    for path in ("/", "/cases", "/figures", "/admin", "/me", "/nowhere"):
        assert banner in named_house.client.get(path, headers=PAGE).text, path


def test_without_a_name_there_is_no_banner(lasting_house: House) -> None:
    lasting_house.client.cookies.clear()
    assert 'class="place"' not in lasting_house.client.get("/sign-in").text
