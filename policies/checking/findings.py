"""What a check of a policy finds: where, what, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from policies.judging.policy import Policy

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend, or, as a note, to know. rule: which check found it; where: file:line; key: dotted path in the
    document."""

    severity: Severity
    rule: str
    where: str
    key: str
    message: str
    cure: str


def finding(
    policy: Policy,
    severity: Severity,
    rule: str,
    path: Sequence[str | int],
    message: str,
    cure: str,
) -> Finding:
    """Put a finding together; its place is the line of a key path."""
    where = f"{policy.source.name}:{policy.source.line(path)}"
    return Finding(severity=severity, rule=rule, where=where, key=".".join(map(str, path)), message=message, cure=cure)


def unloaded(problem: str) -> Finding:
    """Turn one problem of a document that does not load into a finding."""
    file, _, rest = problem.partition(":")
    line, _, rest_of_key = rest.partition(": ")
    key, _, message = rest_of_key.partition(": ")
    return Finding(
        severity="error",
        rule="does-not-load",
        where=f"{file}:{line}",
        key=key,
        message=message or rest_of_key,
        cure="see docs/policy.md for this key",
    )
