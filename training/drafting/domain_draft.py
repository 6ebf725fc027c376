"""The draft of a domain from a table: its columns as fields, a policy skeleton and examples, for a person to edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from features.own_domain.own_form import MOMENTS, NUMBERS
from training.drafting.column_profile import ColumnProfile, profile_table
from training.drafting.dialect import guess_dialect
from training.drafting.draft import with_marks
from training.drafting.drafted_field import DraftedField, all_texts, drafted_fields, field_names
from training.drafting.policy_draft import draft_examples, draft_policy
from training.tables.mapping_form import CsvForm
from training.tables.table_error import TableError

MAX_OUTCOMES: Final = 40
_LISTED: Final = 400


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
    dialect = guess_dialect(file)
    table = profile_table(file, dialect.form)
    form = with_marks(dialect.form, table)
    answer = next((column for column in table.columns if column.name == outcome), None)
    if answer is None:
        header = ", ".join(column.name for column in table.columns)
        raise TableError([f"{file.name}: has no column {outcome!r}; columns are {header}"])
    if not table.rows:
        raise TableError([f"{file.name}: has no rows"])
    fields = drafted_fields((column for column in table.columns if column is not answer), form)
    outcomes = _outcomes(file, answer)
    bad = _wrong_values(outcomes, wrong, answer)
    unique = [field for field in fields if field.is_unique]
    key = next((field for field in unique if field.kind in ("id", "document", "code")), None) or next(
        iter(unique), None
    )
    if as_of is not None and all(field.column != as_of for field in fields):
        raise TableError([f"{file.name}: has no column {as_of!r}"])
    asked = next((field for field in fields if field.column == as_of), None) or next(
        (field for field in fields if field.kind in ("instant", "day")), None
    )
    if key is None or asked is None:
        what = "a column whose values all differ" if key is None else "a day or instant of each case (--as-of)"
        raise TableError([f"{file.name}: needs {what}; add one"])
    causes = _causes(answer, outcomes)
    rows = len(answer.cells)
    content = _description(name, fields, causes, [cause for cause, value in causes.items() if value in bad], key, rows)
    parts = [content, draft_policy(name, content), draft_examples(name, content)]
    return DomainDraft(
        text=_HEAD.format(file=file.name, outcome=outcome) + "---\n".join(_yaml(part) for part in parts),
        mapping=_yaml(_mapping(name, fields, form, outcome, causes, bad, key, asked, known_after_days)),
        notes=tuple(_notes(fields, outcome, asked)),
    )


def _outcomes(file: Path, answer: ColumnProfile) -> list[str]:
    found = sorted(all_texts(answer))
    if not 2 <= len(found) <= MAX_OUTCOMES:
        raise TableError(
            [
                f"{file.name}: {answer.name} has {len(found)} values; an outcome is yes or no, or one of at most "
                f"{MAX_OUTCOMES}"
            ]
        )
    return found


def _yes_of(answer: ColumnProfile, outcomes: Sequence[str]) -> str | None:
    """Return the word for yes where the outcome is yes or no."""
    yes = [value for value in outcomes if answer.flag is not None and answer.flag.get(value)]
    return yes[0] if len(outcomes) == 2 and len(yes) == 1 else None


def _wrong_values(outcomes: Sequence[str], wrong: Sequence[str], answer: ColumnProfile) -> list[str]:
    unknown = [value for value in wrong if value not in outcomes]
    if unknown:
        raise TableError([f"--wrong {unknown[0]!r}: {answer.name} has the values {', '.join(outcomes)}"])
    if wrong:
        return list(wrong)
    yes = _yes_of(answer, outcomes)
    if yes is not None:
        return [yes]
    raise TableError(
        [
            f"{answer.name} has the values {', '.join(outcomes)[:_LISTED]}: say with --wrong (repeatable) for which "
            "acting straight through would be wrong"
        ]
    )


def _causes(answer: ColumnProfile, outcomes: Sequence[str]) -> dict[str, str]:
    """Name each outcome as a cause; of yes and no, by the column: late and not_late."""
    yes = _yes_of(answer, outcomes)
    if yes is not None:
        named = field_names([answer.name])[answer.name]
        return {named if value == yes else f"not_{named}": value for value in outcomes}
    return {name: value for value, name in field_names(outcomes).items()}


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _description(
    name: str,
    fields: Sequence[DraftedField],
    causes: Mapping[str, str],
    bad: Sequence[str],
    key: DraftedField,
    rows: int,
) -> dict[str, Any]:
    payload = {}
    for field in fields:
        written: dict[str, Any] = {"kind": field.kind, "title": _title(field.name)}
        if field is key:
            written["required"] = True
        if field.values:
            written["values"] = list(field.values)
        payload[field.name] = written
    repeated = [field for field in fields if field.kind == "id" and field is not key and 1 < field.distinct <= rows / 2]
    money = next((field.name for field in fields if field.kind == "money"), None)
    subject = [field.name for field in (key, *repeated) if field.kind != "text"][:4]
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
        "compare": _pairs(fields),
        "entities": {
            f"past_{field.name}": {"title": _title(field.name).lower(), "key": [field.name], "windows_days": [30, 365]}
            for field in repeated[:4]
        },
    }  # fmt: skip


def _pairs(fields: Sequence[DraftedField]) -> list[dict[str, str]]:
    """Compare what is planned or expected with what it is of: names that share a word, or days with days."""
    planned = [field for field in fields if field.is_planned]
    found = []
    for expected in planned:
        sort = MOMENTS if expected.kind in MOMENTS else NUMBERS
        if expected.kind not in (*MOMENTS, *NUMBERS):
            continue
        for actual in fields:
            if actual is not expected and actual.kind in sort and actual not in planned:
                found.append({"actual": actual.name, "expected": expected.name})
    return found[:8]


def _mapping(
    name: str,
    fields: Sequence[DraftedField],
    form: CsvForm,
    outcome: str,
    causes: Mapping[str, str],
    bad: Sequence[str],
    key: DraftedField,
    asked: DraftedField,
    known_after_days: float,
) -> dict[str, Any]:
    written = form.model_dump(exclude_defaults=True)
    return {
        "domain": name,
        **({"csv": written} if written else {}),
        "exception_id": key.column,
        "as_of": asked.reads,
        "payload": {field.name: field.reads for field in fields},
        "labels": {
            "cause": {"column": outcome, "values": {value: cause for cause, value in causes.items()}},
            "wrong": {"column": outcome, "values": {value: value in bad for value in causes.values()}},
            "known_at": {"days_after_as_of": known_after_days},
        },
    }


def _notes(fields: Sequence[DraftedField], outcome: str, asked: DraftedField) -> list[str]:
    notes = [f"a case is asked about at {asked.column}; name another column with --as-of"]
    empty = [field.column for field in fields if not field.is_filled]
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
