"""Conditions in CEL (cel.dev, a language that can only compute): checked when a policy is read, run as one program per case.

Binding values costs more than evaluating them, so the conditions of a list are joined into one program that answers with
a list; only when that program fails are they run one by one, to know which one failed.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cel

Value = float | bool | str | list[str] | None
_FAILURES: Final = (TypeError, ValueError, LookupError, RuntimeError, ArithmeticError)
_ATTRIBUTE: Final = re.compile(r"\battributes\.([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Name:
    """Something a condition may read: a sample value of its type, and whether it can be missing."""

    sample: Value
    nullable: bool


Vocabulary = Mapping[str, Name]


@dataclass(frozen=True, slots=True)
class Rule:
    """One checked condition. `reads` are the names whose values are kept with the decision when it fires."""

    expression: str
    reads: tuple[str, ...]
    program: Any


class RuleSet:
    """Conditions evaluated together over one environment."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self.reads = frozenset(name for rule in rules for name in rule.reads)
        self._joined = cel.compile("[" + ", ".join(f"({rule.expression})" for rule in rules) + "]") if rules else None

    def evaluate(self, environment: Mapping[str, Any]) -> list[bool | Exception]:
        """Say for each condition whether it holds, or what it failed with."""
        if self._joined is None:
            return []
        context = cel.Context(dict(environment))
        try:
            return list(self._joined.execute(context))
        except _FAILURES:
            return [_run(rule, context) for rule in self.rules]


def compile_rule(when: str, *, if_missing: str | None, vocabulary: Vocabulary) -> Rule:
    """Check a condition against what it may read and prepare it; raise ValueError that says how to mend it."""
    try:
        program = cel.compile(when)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"not a CEL expression: {error}") from None
    reads = _names_read(when, program)
    unknown = [name for name in reads if name not in vocabulary]
    if unknown:
        raise ValueError(f"unknown name {unknown[0]!r}; {_suggest(unknown[0], vocabulary)}")
    nullable = [name for name in reads if vocabulary[name].nullable]
    if nullable and if_missing is None:
        raise ValueError(f"{nullable[0]!r} can be missing: say `if_missing: match`, `skip` or `evaluate`")
    _try_out(program, reads, vocabulary, with_nulls=if_missing == "evaluate")
    guarded = when
    if nullable and if_missing in ("match", "skip"):
        present = " && ".join(f"{name} != null" for name in nullable)
        guarded = f"({present}) ? ({when}) : {'true' if if_missing == 'match' else 'false'}"
    return Rule(guarded, tuple(reads), cel.compile(guarded))


def bind(names: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Nest `attributes.x` names and turn NaN into null, as the programs expect."""
    environment: dict[str, Any] = {}
    for name in names:
        value = values.get(name)
        if isinstance(value, float) and math.isnan(value):
            value = None
        head, _, tail = name.partition(".")
        if tail:
            environment.setdefault(head, {})[tail] = value
        else:
            environment[name] = value
    return environment


def _run(rule: Rule, context: Any) -> bool | Exception:
    try:
        held = rule.program.execute(context)
    except _FAILURES as error:
        return error
    return held if isinstance(held, bool) else TypeError(f"gave {held!r}, not true or false")


def _names_read(when: str, program: Any) -> list[str]:
    names = [name for name in program.variables() if name != "attributes"]
    return names + [f"attributes.{name}" for name in dict.fromkeys(_ATTRIBUTE.findall(when))]


def _try_out(program: Any, reads: Sequence[str], vocabulary: Vocabulary, *, with_nulls: bool) -> None:
    """Run the condition on sample values of the right types, so that a type error is found now and not in the night."""
    samples = {name: vocabulary[name].sample for name in reads}
    variants = [samples, {name: _other(value) for name, value in samples.items()}]
    if with_nulls:
        variants += [{**samples, name: None} for name in reads if vocabulary[name].nullable]
    for values in variants:
        try:
            held = program.execute(bind(list(reads), values))
        except IndexError:
            continue  # nor does the length of a sample list
        except (TypeError, KeyError, RuntimeError) as error:
            raise ValueError(f"type error: {error} (numbers are doubles: write 2.0, not 2)") from None
        except (ValueError, ArithmeticError):
            continue  # a division by a sample zero says nothing about the types
        if not isinstance(held, bool):
            raise ValueError(f"gives {type(held).__name__}, not true or false")


def _other(value: Value) -> Value:
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return value + 1e6
    return value


def _suggest(name: str, vocabulary: Vocabulary) -> str:
    import difflib

    close = difflib.get_close_matches(name, vocabulary, n=3, cutoff=0.5)
    return f"did you mean {', '.join(close)}?" if close else f"known are {', '.join(sorted(vocabulary)[:8])}, …"
