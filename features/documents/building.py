"""What readers of all formats share: building the one form, and saying where a value does not fit."""

from typing import Any

from pydantic import ValidationError

from features.documents.trade_document import MAX_LINES, TradeDocument, UnreadableError


def build_document(parts: dict[str, Any]) -> TradeDocument:
    """Build a document from what a format says; raise UnreadableError naming the first values that do not fit."""
    if not parts.get("number"):
        raise UnreadableError("no_number", "has no number; nothing can be matched or answered by it")
    if len(parts.get("lines", ())) > MAX_LINES:
        raise UnreadableError("too_large", f"has {len(parts['lines']):,} lines; at most {MAX_LINES:,} are read")
    try:
        return TradeDocument.model_validate(_given(parts))
    except ValidationError as error:
        problems = [_sentence(item) for item in error.errors()]
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise UnreadableError("wrong_value", "; ".join(problems[:3]) + more) from None


def names(*found: str | None) -> tuple[str, ...]:
    """Return the identifiers that are there, each once, in order."""
    return tuple(dict.fromkeys(each for each in found if each))


def _given(value: Any) -> Any:
    """Leave out what is missing."""
    if isinstance(value, dict):
        return {name: _given(each) for name, each in value.items() if each is not None}
    return [_given(each) for each in value] if isinstance(value, list | tuple) else value


def _sentence(item: Any) -> str:
    """Name the value, its place (lines count from 1) and what would be right."""
    place = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in item["loc"])
    shown = "" if item["type"] == "missing" else f" {str(item.get('input'))[:40]!r}"
    return f"{place}{shown}: {item['msg'].removeprefix('Value error, ')}"
