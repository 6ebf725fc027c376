"""The answers of one case to the conditions of a document, and which of them had their say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from models.score import Reason, ReasonCode
from policies.document.document import FallbackRule, PolicyDocument
from policies.judging.compiling import conditions, rule_id
from policies.judging.rules import Rule
from policies.judging.verdict import Fired, Hit

_BOOL: Final = {bool}
RAISING: Final = frozenset({"controls", "override_rules", "four_eyes", "fallback_rules"})
"""Parts whose rules only ever raise, beside a model: they hold where they do of what was known before `as_of` or on
arrival."""


class Conditions:
    """The conditions of a document in one order, by the part they stand in.

    names: (part, id) of each.
    """

    def __init__(self, document: PolicyDocument, rules: Sequence[Rule]) -> None:
        self.parts: Mapping[str, Sequence[Any]] = conditions(document)
        self.rules = tuple(rules)
        self.names = tuple(
            (part, rule_id(part, at, item)) for part, items in self.parts.items() for at, item in enumerate(items)
        )
        self.starts: dict[str, int] = {}
        start = 0
        for part, items in self.parts.items():
            self.starts[part] = start
            start += len(items)

    def span(self, part: str) -> slice:
        """Return where a part's answers stand among all."""
        return slice(self.starts[part], self.starts[part] + len(self.parts[part]))


class Answers:
    """What became of every condition for one case.

    fired: the rules that had their say so far, with the values they read.
    sound: whether every condition could be evaluated.
    """

    __slots__ = ("_conditions", "_facts", "_held", "_late_facts", "_late_held", "fired", "sound")

    def __init__(
        self,
        over: Conditions,
        held: Sequence[bool | Exception],
        facts: Mapping[str, Any],
        *,
        late: tuple[Sequence[bool | Exception], Mapping[str, Any]] | None = None,
    ) -> None:
        self._conditions = over
        self._held = held
        self._facts = facts
        self._late_held: Sequence[bool | Exception] | None = late[0] if late is not None else None
        self._late_facts = late[1] if late is not None else facts
        self.fired: list[Fired] = []
        self.sound = set(map(type, (*held, *(self._late_held or ())))) == _BOOL

    @property
    def holds(self) -> bytes:
        """Pack the answers into bits; what failed is 0."""
        simple = self.sound and self._late_held is None
        bits = self._held if simple else [held for part in self._conditions.parts for held in self.of(part)]
        return np.packbits(np.array(bits, dtype=np.bool_)).tobytes()

    def of(self, part: str) -> list[bool]:
        """Return for each rule of a part whether it holds; one that raises, also where it holds only of what came to be
        known later."""
        held = [value is True for value in self._held[self._conditions.span(part)]]
        if self._late_held is not None and part in RAISING:
            late = self._late_held[self._conditions.span(part)]
            held = [early or value is True for early, value in zip(held, late, strict=True)]
        return held

    def hits(self, part: str) -> list[Hit]:
        """Return the controls or override rules that hold."""
        rules = self._conditions.parts[part]
        hits = []
        for at, holds in enumerate(self.of(part)):
            if holds:
                rule, values = rules[at], self.fire(part, at)
                hits.append(
                    Hit(id=rule.id, title=rule.title, raise_to=rule.raise_to, queue=rule.queue, action=rule.action,
                    values=values)
                )  # fmt: skip
        return hits

    def floors(self) -> list[Hit]:
        """Return the fallback rules that hold and speak beside a model too."""
        rules, held = self._conditions.parts["fallback_rules"], self.of("fallback_rules")
        return [
            Hit(
                id=rule.id, title=rule.title, raise_to=rule.disposition, queue=rule.queue, action=None,
                values=self.fire("fallback_rules", at),
            )
            for at, rule in enumerate(rules)
            if held[at] and rule.floor is not None
        ]  # fmt: skip

    def first(self, part: str) -> Any:
        """Return the first rule of a part that holds; a checked policy has one."""
        at = self.of(part).index(True)
        self.fire(part, at)
        return self._conditions.parts[part][at]

    def fallback(self) -> FallbackRule:
        """Return the fallback rule that decides: the first that holds; of what was known before and on arrival, the
        stricter one's."""
        span, rules = self._conditions.span("fallback_rules"), self._conditions.parts["fallback_rules"]
        views = [self._held] if self._late_held is None else [self._held, self._late_held]
        firsts = [[value is True for value in held[span]].index(True) for held in views]
        at = max(firsts, key=lambda place: rules[place].disposition.rank)
        self.fire("fallback_rules", at)
        rule: FallbackRule = rules[at]
        return rule

    def failed(self, part: str) -> list[int]:
        """Return the places of a part's rules that could not be evaluated."""
        if self.sound:
            return []
        span = self._conditions.span(part)
        return [at for at, held in enumerate(self._failures()[span]) if held is not None]

    def fire(self, part: str, at: int) -> Mapping[str, Any]:
        """Note that a rule had its say; give the values it read."""
        position = self._conditions.starts[part] + at
        facts = self._facts if self._held[position] is True else self._late_facts
        values = {name: facts[name] for name in self._conditions.rules[position].reads}
        self.fired.append(Fired(part=part, id=self._conditions.names[position][1], values=values))
        return values

    def errors(self) -> list[Reason]:
        """Return a reason for every rule that failed; a failed rule holds for nobody, and the case goes to a person."""
        if self.sound:
            return []
        return [
            rule_failed(name, f"{failure}; a person decides")
            for (_, name), failure in zip(self._conditions.names, self._failures(), strict=True)
            if failure is not None
        ]

    def _failures(self) -> list[Exception | None]:
        """Return what each condition failed with, None where it did not."""
        late = self._late_held if self._late_held is not None else self._held
        return [
            next((value for value in pair if isinstance(value, Exception)), None)
            for pair in zip(self._held, late, strict=True)
        ]


def rule_failed(name: str, why: str) -> Reason:
    """Return that a rule or an amount failed, and what becomes of the case."""
    return Reason(code=f"{ReasonCode.RULE_ERROR}:{name}", text=f"Rule {name} failed: {why}.")
