"""Which texts of a template are for people, so that they can be translated: found in the template itself.

Texts between tags, titles, labels and placeholders of elements, and the two sides of a choice (`"Resume" if held else
"Next"`) are looked up in the reader's language as they stand in the template. Nothing has to be marked by hand, and
what is not in a catalogue stays English.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from jinja2.ext import Extension

_JINJA: Final = r"\{\{.*?\}\}|\{%.*?%\}"
_TAG: Final = (
    rf'<[a-zA-Z/!](?:{_JINJA}|"(?:{_JINJA}|[^"{{]|\{{(?![{{%]))*"|[^>"{{]|\{{(?![{{%]))*>'  # attributes hold both
)
_TOKEN: Final = re.compile(
    rf"(?P<skip>\{{#.*?#\}}|<(?:script|style|svg|code|kbd)\b.*?</(?:script|style|svg|code|kbd)>)|(?P<tag>{_TAG})"
    r"|(?P<jinja>\{\{.*?\}\}|\{%.*?%\})",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r'\b(title|aria-label|placeholder)="([^"{}<>]+)"')
_SIDE: Final = re.compile(r'(?P<before>\belse |^\{\{ |\()"(?P<text>[^"]+)"(?=(?P<after> if\b| \}\}|\)))')
_SET: Final = re.compile(r'^(\{% set \w+ = )"([^"]+ [^"]+)"( %\})$')
_WORD: Final = re.compile(r"[^\W\d_]{2}")


class MarkTexts(Extension):
    """Wrap the texts of a template into look-ups, before it is compiled."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the template with its texts as look-ups."""
        del name, filename
        return _walk(source, lambda text: f"_({_quoted(text)})")


def texts_of(source: str) -> Iterator[str]:
    """Yield the texts of a template that are looked up, in their order."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return _quoted(text)

    _walk(source, note)
    yield from found


def _walk(source: str, call: Callable[[str], str]) -> str:
    written, at = [], 0
    for token in _TOKEN.finditer(source):
        written.append(_text(source[at : token.start()], call))
        written.append(_token(token, call))
        at = token.end()
    written.append(_text(source[at:], call))
    return "".join(written)


def _text(raw: str, call: Callable[[str], str]) -> str:
    stripped = raw.strip()
    if not _WORD.search(stripped) or '="' in stripped:
        return raw
    start = raw.index(stripped)
    shown = " ".join(stripped.split())
    return f"{raw[:start]}{{{{ {call(shown)} }}}}{raw[start + len(stripped) :]}"


def _token(token: re.Match[str], call: Callable[[str], str]) -> str:
    whole = token.group()
    if token["tag"] is not None:
        return _ATTRIBUTE.sub(
            lambda one: f'{one[1]}="{{{{ {call(one[2])} }}}}"' if _WORD.search(one[2]) else one[0], whole
        )
    if token["jinja"] is None:
        return whole
    if whole.startswith("{%"):
        return _SET.sub(lambda one: f"{one[1]}{call(one[2])}{one[3]}", whole)
    return _SIDE.sub(lambda one: _side(one, call), whole)


def _side(one: re.Match[str], call: Callable[[str], str]) -> str:
    if one["before"] == "(" and one["after"] != " if":
        return one[0]  # an argument
    return f"{one['before']}{call(one['text'])}" if _WORD.search(one["text"]) else one[0]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
