"""A drafted mapping written out as YAML, with the confidence and evidence of each line beside it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from training.drafting.draft import Draft, DraftLine

_ORDER: Final = ("exception_id", "as_of", "currency", "keep")
_WIDTH: Final = 60
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def draft_text(draft: Draft, *, file: str) -> str:
    """Write a draft as a mapping file; a line a person must complete holds ???."""
    lines = [
        f"# Drafted from {file}: {draft.rows:,} rows; {'; '.join(draft.file)}.",
        "# Each line: how sure it is, and what shows it. Go over it, then: triage map --check",
        f"domain: {draft.domain}",
    ]
    form = draft.form.model_dump(exclude_defaults=True)
    if form:
        lines.append(f"csv: {_flow(form)}")
    single = [line for name in _ORDER for line in draft.lines if line.path == (name,)]
    lines += [_written(line, 0) for line in single]
    for part in ("payload", "attributes", "labels"):
        inner = [line for line in draft.lines if line.path[0] == part]
        if not inner:
            continue
        if len(inner[0].path) == 1:
            lines += ["", f"# {part}: {inner[0].evidence}"]
            continue
        lines += ["", f"{part}:"]
        lines += [_written(line, 2) for line in inner]
    if draft.left:
        lines += ["", "# Not read:"]
        lines += [f"#   {name}: {why}" for name, why in draft.left.items()]
    return "\n".join(lines) + "\n"


def _written(line: DraftLine, indent: int) -> str:
    said = "TO DO" if line.confidence is None else f"{line.confidence:.2f}"
    text = f"{' ' * indent}{line.path[-1]}: {_flow(line.value)}"
    evidence = " ".join(line.evidence.split())
    return f"{text:<{_WIDTH}}  # {said}  {evidence}".rstrip()


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)}: {_flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return str(value) if _is_plain(str(value)) else json.dumps(str(value), ensure_ascii=False)


def _key(name: Any) -> str:
    return str(name) if _is_plain(str(name)) else json.dumps(str(name), ensure_ascii=False)


def _is_plain(text: str) -> bool:
    return (
        bool(text)
        and set(text) <= _PLAIN
        and text[0].isalpha()
        and text.lower() not in ("null", "true", "false", "on", "off", "yes", "no", "y", "n")
    )


def summary_rows(draft: Draft) -> Iterator[dict[str, Any]]:
    """Return the draft as rows for a person: field, column, confidence, evidence."""
    for line in draft.lines:
        read = line.value.get("column") or line.value.get("columns") if isinstance(line.value, Mapping) else line.value
        yield {"field": ".".join(line.path), "column": read, "confidence": line.confidence, "evidence": line.evidence}
