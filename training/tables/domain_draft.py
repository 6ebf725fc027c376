"""The draft of a domain from a table: what its columns look like, with a policy skeleton and examples, for a person to
edit."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import yaml

from features.own_domain.own_form import MOMENTS, NUMBERS
from training.tables.table_error import TableError

MAX_ROWS_LOOKED_AT: Final = 5_000
MAX_CATEGORIES: Final = 15
MAX_OUTCOMES: Final = 40
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"\d+", re.ASCII)
_FLAGS: Final = ("true", "false", "yes", "no", "y", "n", "t", "f", "0", "1")
_YES: Final = ("true", "yes", "y", "t", "1")
_MONEY: Final = re.compile(r"amount|price|value|cost|total|revenue|sales|fee|refund|margin|betrag|preis|umsatz")
_ID: Final = re.compile(r"(^|_)(id|no|nr|num|number|code|key|ref|sku|zip|store|site)$")
_SHARE: Final = re.compile(r"share|rate|ratio|fraction")
_PLANNED: Final = re.compile(r"promis|due|plan|schedul|expect|target|deadline|until")
_FORMATS: Final = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")
_LISTED: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLook:
    """What a column looks like. form: of its dates, None where they are ISO 8601. distinct: values that differ."""

    column: str
    field: str
    kind: str
    values: tuple[str, ...] = ()
    form: str | None = None
    filled: int = 0
    distinct: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDraft:
    """A drafted domain. text: its file; mapping: how the table is read; notes: what a person should look at."""

    text: str
    mapping: str
    notes: tuple[str, ...]


def draft_domain(
    name: str,
    file: Path,
    *,
    outcome: str,
    wrong: Sequence[str] = (),
    as_of: str | None = None,
    known_after_days: float = 30.0,
) -> DomainDraft:
    """Draft a domain whose question is the value of one column.

    wrong: the values for which acting straight through is wrong; a yes/no column has its own. as_of: the column of the
    instant at which the question is asked. Raises TableError naming what is missing in the table.
    """
    header, rows = _read(file)
    if outcome not in header:
        raise TableError([f"{file.name}: has no column {outcome!r}; columns are {', '.join(header)}"])
    looks = [_look(column, [row.get(column) or "" for row in rows]) for column in header if column != outcome]
    outcomes = _outcomes(file, outcome, [row.get(outcome) or "" for row in rows])
    bad = _wrong_values(outcomes, wrong, outcome)
    key = next((look for look in looks if look.distinct == len(rows) and look.kind in ("id", "document", "code")), None)
    key = key or next((look for look in looks if look.distinct == len(rows)), None)
    asked = next((look for look in looks if look.column == as_of), None) or next(
        (look for look in looks if look.kind in ("instant", "day")), None
    )
    if as_of is not None and asked is not None and asked.column != as_of:
        raise TableError([f"{file.name}: has no column {as_of!r}"])
    if key is None or asked is None:
        what = "a column whose values all differ" if key is None else "a day or instant of each case (--as-of)"
        raise TableError([f"{file.name}: needs {what}; add one"])
    causes = _causes(outcome, outcomes, bad)
    content = _description(
        name, looks, causes, [cause for cause, value in causes.items() if value in bad], key, len(rows)
    )
    parts = [content, _policy(name, content), _examples(name, content)]
    return DomainDraft(
        text=_HEAD.format(file=file.name, outcome=outcome) + "---\n".join(_yaml(part) for part in parts),
        mapping=_yaml(_mapping(name, looks, outcome, causes, bad, key, asked, known_after_days)),
        notes=tuple(_notes(looks, outcome, asked)),
    )


def _read(file: Path) -> tuple[list[str], list[Mapping[str, str]]]:
    """Read the first rows of a CSV or parquet file as texts."""
    if file.suffix.lower() == ".parquet":
        from pyarrow.parquet import ParquetFile

        batch = next(ParquetFile(file).iter_batches(batch_size=MAX_ROWS_LOOKED_AT), None)
        found = batch.to_pylist() if batch is not None else []
        rows: list[Mapping[str, str]] = [
            {str(key): "" if value is None else str(value) for key, value in row.items()} for row in found
        ]
        header = list(rows[0]) if rows else []
    else:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            first = opened.readline()
            opened.seek(0)
            table = csv.DictReader(opened, delimiter=max(",;\t|", key=first.count))
            rows = [dict(row) for row in islice(table, MAX_ROWS_LOOKED_AT)]
            header = list(table.fieldnames or ())
    if not rows:
        raise TableError([f"{file.name}: has no rows"])
    return header, rows


def _look(column: str, cells: Sequence[str]) -> ColumnLook:
    field = _field_name(column)
    values = [cell.strip() for cell in cells if cell.strip()]
    distinct = len(set(values))
    kind, listed, form = _kind(field, values, distinct)
    return ColumnLook(
        column=column, field=field, kind=kind, values=listed, form=form, filled=len(values), distinct=distinct
    )


def _kind(field: str, values: Sequence[str], distinct: int) -> tuple[str, tuple[str, ...], str | None]:
    if not values:
        return "code", (), None
    if distinct <= 2 and all(value.lower() in _FLAGS for value in values):
        return "flag", (), None
    if all(_NUMBER.fullmatch(value) for value in values):
        return _number_kind(field, values, distinct), (), None
    moment = _moment(values)
    if moment is not None:
        kind, form = moment
        return (f"planned_{kind}" if _PLANNED.search(field) else kind), (), form
    if distinct <= MAX_CATEGORIES and all(len(value) <= 64 for value in values):
        return "category", tuple(sorted(set(values))), None
    words = sum(len(value.split()) for value in values) / len(values)
    return ("text" if words > 3 or max(map(len, values)) > 128 else "id"), (), None


def _number_kind(field: str, values: Sequence[str], distinct: int) -> str:
    whole = all(_WHOLE.fullmatch(value) for value in values)
    all_differ = len(values) > 20 and distinct == len(values)
    if whole and (all_differ or _ID.search(field)):
        return "id"
    numbers = [float(value.replace(",", ".")) for value in values]
    if _MONEY.search(field):
        return "money" if min(numbers) >= 0 else "signed_money"
    if _SHARE.search(field) and min(numbers) >= 0 and max(numbers) <= 1:
        return "fraction"
    return "count" if whole else "number"


def _moment(values: Sequence[str]) -> tuple[str, str | None] | None:
    """Return whether values are days or instants, and the form they have; None where they are neither."""
    try:
        moments = [datetime.fromisoformat(value) for value in values]
        return ("instant" if any(moment.time() != datetime.min.time() for moment in moments) else "day"), None
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            for value in values:
                datetime.strptime(value, form)  # noqa: DTZ007
        except ValueError:
            continue
        return ("instant" if "%H" in form else "day"), form
    return None


def _outcomes(file: Path, outcome: str, cells: Sequence[str]) -> list[str]:
    found = sorted({cell.strip() for cell in cells if cell.strip()})
    if not 2 <= len(found) <= MAX_OUTCOMES:
        raise TableError(
            [
                f"{file.name}: {outcome} has {len(found)} values; an outcome is yes or no, or one of at most "
                f"{MAX_OUTCOMES}"
            ]
        )
    return found


def _wrong_values(outcomes: Sequence[str], wrong: Sequence[str], outcome: str) -> list[str]:
    unknown = [value for value in wrong if value not in outcomes]
    if unknown:
        raise TableError([f"--wrong {unknown[0]!r}: {outcome} has the values {', '.join(outcomes)}"])
    if wrong:
        return list(wrong)
    if len(outcomes) == 2:
        yes = [value for value in outcomes if value.lower() in _YES]
        if len(yes) == 1:
            return yes
    raise TableError(
        [
            f"{outcome} has the values {', '.join(outcomes)[:_LISTED]}: say with --wrong (repeatable) for which "
            "acting "
            "straight through would be wrong"
        ]
    )


def _causes(outcome: str, outcomes: Sequence[str], bad: Sequence[str]) -> dict[str, str]:
    """Name each outcome as a cause; of yes and no, by the column: late and not_late."""
    if all(value.lower() in _FLAGS for value in outcomes):
        named = _field_name(outcome)
        return {named if value.lower() in _YES else f"not_{named}": value for value in outcomes}
    return {_field_name(value): value for value in outcomes}


def _field_name(column: str) -> str:
    """Return a column's name as a field's: lower case letters, digits and underscores."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    name = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_") or "value"
    return (name if name[0].isalpha() else f"v_{name}")[:60]


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _description(
    name: str, looks: Sequence[ColumnLook], causes: Mapping[str, str], bad: Sequence[str], key: ColumnLook, rows: int
) -> dict[str, Any]:
    payload = {}
    for look in looks:
        field: dict[str, Any] = {"kind": look.kind, "title": _title(look.field)}
        if look is key:
            field["required"] = True
        if look.values:
            field["values"] = list(look.values)
        payload[look.field] = field
    repeated = [look for look in looks if look.kind == "id" and look is not key and 1 < look.distinct <= rows / 2]
    money = next((look.field for look in looks if look.kind == "money"), None)
    subject = [look.field for look in (key, *repeated) if look.kind != "text"][:4]
    return {
        "domain": name,
        "title": _title(name),
        "subject": subject,
        "straight_through": "nobody looks at it",
        "wrong_when": "it turns out " + " or ".join(_title(each).lower() for each in bad),
        "loss_is": f"the {_title(money).lower()} of the case" if money else "nothing that is counted in money",
        **({"money_at_stake": money} if money else {}),
        "causes": {cause: _title(cause) for cause in causes},
        "never_wrong": [cause for cause in causes if cause not in bad],
        "always_wrong": list(bad),
        "payload": payload,
        "compare": _pairs(looks),
        "entities": {
            f"past_{look.field}": {"title": _title(look.field).lower(), "key": [look.field], "windows_days": [30, 365]}
            for look in repeated[:4]
        },
    }  # fmt: skip


def _pairs(looks: Sequence[ColumnLook]) -> list[dict[str, str]]:
    """Compare what is planned or expected with what it is of: names that share a word, or days with days."""
    planned = [look for look in looks if _PLANNED.search(look.field)]
    found = []
    for expected in planned:
        sort = MOMENTS if expected.kind in MOMENTS else NUMBERS
        if expected.kind not in (*MOMENTS, *NUMBERS):
            continue
        for actual in looks:
            if actual is not expected and actual.kind in sort and actual not in planned:
                found.append({"actual": actual.field, "expected": expected.field})
    return found[:8]


def _policy(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    queue = f"{name.upper()}_QUEUE"[:40]
    checks = f"{name.upper()}_QA"[:40]
    has_text = any(field["kind"] == "text" for field in content["payload"].values())
    danger = {
        "id": "C-DANGER", "title": "The text names a danger, a threat or goods that can harm.",
        "when": "danger_named > 0.0", "if_missing": "skip", "raise_to": "escalate", "queue": queue,
    }  # fmt: skip
    return {
        "domain": name,
        "version": "1.0.0",
        "title": content["title"],
        "currency": "USD",
        "auto_action": "Leave it as it is.",
        "controls": [danger] if has_text else [],
        "thresholds": {"confirm_at_risk": 0.3, "review_at_risk": 0.5},
        "error_budget": {"alpha": 0.1, "delta": 0.1},
        "audit": {"share": 0.05, "queue": checks},
        "costs": {"false_refuse": "5.0", "review_per_minute": 1.0},
        "fallback_rules": [
            {"id": "F1", "title": "A person looks while no model speaks.", "disposition": "review"}
        ],
        "priorities": [
            {"level": "P2", "when": "expected_loss >= 500.0"}, {"level": "P3"},
        ],
        "queues": {
            queue: {"title": content["title"], "owner_role": "analyst", "minutes_per_case": 10},
            checks: {"title": f"{content['title']}: spot checks", "owner_role": "analyst", "minutes_per_case": 10},
        },
        "routes": [
            {"id": "all", "queue": queue, "sla_hours": {"P1": 2, "P2": 8, "P3": 24, "P4": 72},
             "action": "Look at the case and say what it is."}
        ],
        "reason_codes": {
            "looked_at": "Looked at, and it is as said", "corrected": "It was something else", "other": "Other"
        },
    }  # fmt: skip


def _examples(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    good, bad = content["never_wrong"][0], content["always_wrong"]
    key = next(field for field, look in content["payload"].items() if look.get("required"))
    return {
        "domain": name,
        "payload": {key: "A-1"},
        "score": {"cause": good, "probability": 0.9, "risk": 0.05},
        "examples": [
            {"name": "A safe case goes straight through", "expect": {"disposition": "auto"}},
            {"name": "A risky one is looked at", "score": {"cause": bad[0], "probability": 0.9, "risk": 0.8},
             "expect": {"disposition": "review"}},
            {"name": "Without a model a person looks", "score": None,
             "expect": {"disposition": "review", "fallback_rule": "F1"}},
        ],
    }  # fmt: skip


def _mapping(
    name: str,
    looks: Sequence[ColumnLook],
    outcome: str,
    causes: Mapping[str, str],
    bad: Sequence[str],
    key: ColumnLook,
    asked: ColumnLook,
    known_after_days: float,
) -> dict[str, Any]:
    def column(look: ColumnLook) -> Any:
        return look.column if look.form is None else {"column": look.column, "format": look.form}

    return {
        "domain": name,
        "exception_id": key.column,
        "as_of": column(asked),
        "payload": {look.field: column(look) for look in looks},
        "labels": {
            "cause": {"column": outcome, "values": {value: cause for cause, value in causes.items()}},
            "wrong": {"column": outcome, "values": {value: value in bad for value in causes.values()}},
            "known_at": {"days_after_as_of": known_after_days},
        },
    }


def _notes(looks: Sequence[ColumnLook], outcome: str, asked: ColumnLook) -> list[str]:
    notes = [f"a case is asked about at {asked.column}; name another column with --as-of"]
    empty = [look.column for look in looks if not look.filled]
    if empty:
        notes.append(f"empty in the rows looked at: {', '.join(empty)[:_LISTED]}")
    notes.append(f"take out every field that is known only after {outcome}")
    return notes


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write every value where it stands."""
        return True


_HEAD: Final = """\
# Drafted from {file}: the question is the column {outcome}. Edit it: titles, what is compared, whose past counts,
# queues, thresholds, and take out every field that is not known when the question is asked.
"""


def _yaml(content: Any) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
