"""Reading pages and pressing their buttons, as a person would."""

from html.parser import HTMLParser

from tests.serving.conftest import House

PAGE = {"Accept": "text/html"}


class Page(HTMLParser):
    """A page as far as a test needs it: its text, links, and forms with their fields."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text, self.links, self.forms, self.tags = "", [], {}, []
        self._fields: dict[str, str] = {}
        self._select = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "a":
            self.links.append(given["href"])
        elif tag == "form":
            self._fields = self.forms.setdefault(given["action"], {})
        elif tag == "input" and given.get("type") == "radio":
            self._fields.setdefault(given["name"], "")
            if "checked" in given:
                self._fields[given["name"]] = given["value"]
        elif tag in ("input", "textarea"):
            self._fields.setdefault(given.get("name", ""), given.get("value", ""))
        elif tag == "select":
            self._select = given["name"]
            self._fields.setdefault(self._select, "")
        elif tag == "option" and "selected" in given:
            self._fields[self._select] = given["value"]

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def look(house: House, path: str) -> Page:
    """Open a page."""
    answer = house.client.get(path, headers=PAGE)
    assert answer.status_code == 200, (path, answer.status_code)
    return Page(answer.text)


def press(house: House, page: Page, action: str, /, **fields: str) -> str:
    """Send the form of a page with some fields filled in; return where it leads."""
    answer = house.client.post(action, data=page.forms[action] | fields, headers=PAGE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
