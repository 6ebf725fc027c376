"""Conditions in CEL (cel.dev, a language that can only compute): checked when a policy is read, run as one program per
case.

Binding values costs more than evaluating them, so the conditions of a list are joined into one program that answers
with a list; only when that program fails are they run one by one, to know which one failed.
"""

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cel

from policies.judging.expression_bounds import check_bounds
from policies.judging.expressions import BeyondError, parse, write
from policies.judging.three_valued import surely, with_meanings

Value = float | bool | str | list[str] | None
FAILURES: Final = (TypeError, ValueError, LookupError, RuntimeError, ArithmeticError)
_BOOL: Final = {bool}
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
    """Conditions and amounts evaluated together over one environment.

    constants: names whose values are the same for every case, and so are bound only once.
    reads: the other names, all of which every case must give.
    """

    def __init__(self, rules: Sequence[Rule], amounts: Sequence[Rule], *, constants: Mapping[str, Value]) -> None:
        self.rules = tuple(rules)
        self.amounts = tuple(amounts)
        together = (*self.rules, *self.amounts)
        self.reads = frozenset(name for rule in together for name in rule.reads if name not in constants)
        self._constants = dict(constants)
        self._of_thread = threading.local()
        self._joined = cel.compile("[" + ", ".join(f"({rule.expression}\n)" for rule in together) + "]")

    def evaluate(self, facts: dict[str, Any]) -> tuple[list[bool | Exception], list[float | Exception | None]]:
        """Return for each condition whether it holds, for each amount what it is, or what they failed with.

        An amount is None where the score it reads is missing.
        """
        # One context per thread, with the values of the case before overwritten: a new one costs twice as much.
        context = getattr(self._of_thread, "context", None)
        if context is None:
            context = self._of_thread.context = cel.Context(self._constants)
        try:
            context.update(nested(facts))
        except FAILURES:
            context.update(nested({name: _writable(value) for name, value in facts.items()}))
        count = len(self.rules)
        try:
            values = self._joined.execute(context)
        except FAILURES:
            return [_condition(run(rule, context)) for rule in self.rules], [
                run(rule, context) for rule in self.amounts
            ]
        held = values[:count]
        if set(map(type, held)) != _BOOL:
            held = [_condition(value) for value in held]
        return held, values[count:]


def compile_rule(
    when: str,
    *,
    if_missing: str | None,
    vocabulary: Vocabulary,
    missing: Mapping[str, float | bool | str] | None = None,
) -> Rule:
    """Check a condition against what it may read and prepare it; raise ValueError that says how to mend it.

    if_missing: what becomes of it where its known parts do not decide it (`policies.judging.three_valued`); missing:
    the values that stand for missing ones.
    """
    program, reads = _checked(when, vocabulary)
    meanings = _meanings(missing or {}, reads, vocabulary)
    unsure = [name for name in reads if vocabulary[name].nullable and name not in meanings]
    if unsure and if_missing is None:
        raise ValueError(
            f"{unsure[0]!r} can be missing: say `if_missing: match`, `skip` or `evaluate`, "
            f"or what it stands for with `missing: {{{unsure[0]}: …}}`"
        )
    asked = when if not meanings else _meant(when, meanings)
    if meanings:
        program = cel.compile(asked)
    tried = (*meanings, *(unsure if if_missing == "evaluate" else ()))
    for value in _tried(program, reads, vocabulary, nullable=tried):
        if not isinstance(value, bool):
            raise ValueError(f"gives {type(value).__name__}, not true or false")
    guarded = asked
    if unsure and if_missing in ("match", "skip"):
        guarded = _guarded(asked, unsure, held=if_missing == "match")
    return Rule(guarded, tuple(reads), cel.compile(guarded))


def compile_amount(expression: str, *, vocabulary: Vocabulary, score: Collection[str]) -> Rule:
    """Check an expression that gives an amount; raise ValueError that says how to mend it.

    score: the names that are missing together where no model spoke; the amount is null then. Whatever else can be
    missing, the expression tests for itself.
    """
    program, reads = _checked(expression, vocabulary)
    nullable = [name for name in reads if vocabulary[name].nullable and name not in score]
    try:
        for value in _tried(program, reads, vocabulary, nullable=nullable):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"gives {type(value).__name__}, not a number")
    except ValueError as error:
        hint = f"; {nullable[0]!r} can be missing: write `{nullable[0]} != null ? … : …`" if nullable else ""
        raise ValueError(f"{error}{hint}") from None
    guard = " && ".join(f"{name} != null" for name in reads if name in score)
    guarded = f"({guard}) ? ({expression}\n) : null" if guard else expression
    return Rule(guarded, tuple(reads), cel.compile(guarded))


def compile_value(expression: str, *, vocabulary: Vocabulary, gives: type) -> Rule:
    """Check an expression that gives one value; raise ValueError that says how to mend it.

    gives: float, bool or str. Where a name that can be missing is, the value is null, unless the expression asks for
    null itself.
    """
    program, reads = _checked(expression, vocabulary)
    asks = re.search(r"\bnull\b", expression) is not None
    nullable = [name for name in reads if vocabulary[name].nullable]
    for value in _tried(program, reads, vocabulary, nullable=nullable if asks else ()):
        if value is not None and (type(value) is not gives):
            words = {float: "a number (a double: write 2.0, not 2)", bool: "true or false", str: "a text"}
            raise ValueError(f"gives {type(value).__name__}, not {words[gives]}")
    if nullable and not asks:
        present = " && ".join(f"{name} != null" for name in nullable)
        program = cel.compile(f"({present}) ? ({expression}\n) : null")
    return Rule(expression, tuple(reads), program)


def _guarded(when: str, nullable: Sequence[str], *, held: bool) -> str:
    """Write the condition that holds where `when` surely does, or, with `held`, where it does not surely fail."""
    try:
        decided = surely(parse(when), truth=not held, nullable=nullable)
    except (BeyondError, RecursionError):
        # What this part of CEL does not cover is unknown as soon as anything it reads is missing.
        present = " && ".join(f"{name} != null" for name in nullable)
        return f"({present}) ? ({when}\n) : {'true' if held else 'false'}"
    return f"!{decided}" if held else decided


def _meanings(
    missing: Mapping[str, float | bool | str], reads: Sequence[str], vocabulary: Vocabulary
) -> dict[str, float | bool | str]:
    """Check what missing values were said to stand for."""
    meanings: dict[str, float | bool | str] = {}
    for name, value in missing.items():
        if name not in reads:
            raise ValueError(f"`missing` names {name!r}, which the condition does not read")
        if not vocabulary[name].nullable:
            raise ValueError(f"`missing` names {name!r}, which is never missing")
        meant = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if type(meant) is not type(vocabulary[name].sample):
            raise ValueError(f"`missing` gives {name!r} a value of another type: {value!r}")
        meanings[name] = meant
    return meanings


def _meant(when: str, meanings: Mapping[str, float | bool | str]) -> str:
    try:
        return write(with_meanings(parse(when), meanings))
    except (BeyondError, RecursionError) as error:
        raise ValueError(f"`missing` cannot be used here ({error}): write `x != null ? x : 0.0` yourself") from None


def nested(facts: dict[str, Any]) -> dict[str, Any]:
    """Nest `attributes.x` names, as the programs expect."""
    if not any("." in name for name in facts):
        return facts
    environment: dict[str, Any] = {}
    for name, value in facts.items():
        head, _, tail = name.partition(".")
        if tail:
            environment.setdefault(head, {})[tail] = value
        else:
            environment[name] = value
    return environment


def run(rule: Rule, context: Any) -> Any:
    """Run one rule by itself; give its value, or what it failed with."""
    try:
        return rule.program.execute(context)
    except FAILURES as error:
        return error


def _writable(value: Any) -> Any:
    """Replace what no text in UTF-8 can hold, half a surrogate pair for one, by question marks."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _condition(value: Any) -> bool | Exception:
    if isinstance(value, bool | Exception):
        return value
    return TypeError(f"gave {value!r}, not true or false")


def _checked(expression: str, vocabulary: Vocabulary) -> tuple[Any, list[str]]:
    """Compile an expression whose every name and function is known; give the program and the names it reads."""
    try:
        program = cel.compile(expression)
        cel.compile(f"[((true) ? ({expression}\n) : false)]")  # as deep as it will stand among the others
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"not a CEL expression: {error}") from None
    check_bounds(expression, program)
    reads = _names_read(expression, program)
    unknown = [name for name in reads if name not in vocabulary]
    if unknown:
        raise ValueError(f"unknown name {unknown[0]!r}; {_suggest(unknown[0], vocabulary)}")
    return program, reads


def _names_read(when: str, program: Any) -> list[str]:
    names = [name for name in program.variables() if name != "attributes"]
    return names + [f"attributes.{name}" for name in dict.fromkeys(_ATTRIBUTE.findall(when))]


def _tried(program: Any, reads: Sequence[str], vocabulary: Vocabulary, *, nullable: Sequence[str]) -> Iterator[Any]:
    """Run a program on sample values of the right types, so that a type error is found now and not in the night."""
    samples = {name: vocabulary[name].sample for name in reads}
    variants = [samples, {name: _other(value) for name, value in samples.items()}]
    variants += [{**samples, name: None} for name in nullable]
    for values in variants:
        try:
            value = program.execute(cel.Context(nested(values)))
        except (ValueError, ArithmeticError, IndexError):
            continue  # neither a division by a sample zero nor the length of a sample list says anything about types
        except (TypeError, KeyError, RuntimeError) as error:
            raise ValueError(f"type error: {error} (numbers are doubles: write 2.0, not 2)") from None
        yield value


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
