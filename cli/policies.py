"""`triage policy lint`, `test` and `diff`: policy documents checked before they are used. No database, no service."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from cli.console import fail, out, show
from cli.options import AsJson, DomainName, domain_named
from policies.checking.difference import difference
from policies.checking.examples import try_examples, untried
from policies.checking.lint import lint_text, lint_variants
from policies.document.document import ErrorBudget
from policies.document.domain_file import parts_of, policy_text
from policies.document.errors import PolicyError
from policies.judging.policy import Policy
from policies.judging.variants import is_variant, load_variant
from triage.domain import Domain, read_policy

app = typer.Typer(help="Policy documents.", no_args_is_help=True)
File = Annotated[
    Path | None, typer.Argument(help="Document to check; default: the built-in one", exists=True, dir_okay=False)
]
Extends = Annotated[
    Path | None,
    typer.Option(help="The policy that a variant extends; default: the built-in one", exists=True, dir_okay=False),
]


@app.command("lint")
def policy_lint(
    domain: DomainName,
    file: File = None,
    extends: Extends = None,
    others: Annotated[
        list[Path] | None,
        typer.Option(
            "--beside",
            help="Another variant in force, to find overlaps; may be given often",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    strict: Annotated[bool, typer.Option(help="Fail on warnings as well")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a policy document; every finding has its line and a cure: `triage policy lint return_fraud
    my-policy.yaml`."""
    card = domain_named(domain)
    path = file or card.policy_file
    text = _text(path)
    parent = _read(card, extends or card.policy_file) if is_variant(text) else None
    causes = tuple(card.heads.labels)
    found = lint_text(text, name=str(path), recipe=card.recipe, causes=causes, parent=parent)
    if others and not any(finding.rule == "does-not-load" for finding in found):
        found += lint_variants([_read(card, each, parent) for each in (*others, path)])
    errors = sum(finding.severity == "error" for finding in found)
    warnings = sum(finding.severity == "warning" for finding in found)
    loads = not any(finding.rule == "does-not-load" for finding in found)
    budget = _read(card, path, parent).document.error_budget if loads else None
    if as_json:
        needed = {str(share): labels for share, labels in _labels(budget).items()}
        findings = [asdict(finding) for finding in found]
        _write({"file": str(path), "errors": errors, "findings": findings, "labels_needed": needed})
    else:
        for finding in found:
            out.print(
                f"{finding.where}: {finding.severity}: {finding.message} "
                f"({finding.key}, {finding.rule}): {finding.cure}",
            )
        out.print(f"{path.name}: {_summary(errors, warnings)}")
        if budget is not None:
            out.print(_labels_sentence(budget))
    if errors or (strict and warnings):
        raise typer.Exit(1)


@app.command("test")
def policy_test(
    domain: DomainName,
    file: File = None,
    examples: Annotated[
        Path | None,
        typer.Option(
            help="Example cases; default: DOMAIN.examples.yaml beside the document, else the built-in ones",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    extends: Extends = None,
    as_json: AsJson = False,
) -> None:
    """Try the example cases kept beside a policy: `triage policy test return_fraud
    my-policies/domains/return_fraud.yaml`."""
    card = domain_named(domain)
    path = file or card.policy_file
    policy = _read(card, path, _read(card, extends) if extends else None)
    candidates = [folder / f"{card.name}.examples.yaml" for folder in (path.parent, card.policy_file.parent)]
    own = None if examples else parts_of(path.read_text(encoding="utf-8")).get("examples")
    cases = examples or (path if own else next((found for found in candidates if found.exists()), None))
    if cases is None:
        fail(f"there are no examples: write {candidates[0]}, or name a file with --examples")
    tried = try_examples(policy, own or _text(cases), name=str(cases))
    missed = [example for example in tried if example.missed]
    rules = untried(policy, tried)
    if as_json:
        _write(
            {
                "file": str(path), "examples": str(cases), "tried": len(tried),
                "missed": [{"name": example.name, "where": example.where,
                "missed": example.missed} for example in missed],
                "untried": [{"part": part, "id": name} for part, name in rules],
            }
        )  # fmt: skip
    else:
        for example in missed:
            out.print(f"{example.where}: {example.name}: {'; '.join(example.missed)}")
        out.print(f"{len(tried) - len(missed)} of {len(tried)} examples hold, version {policy.version}")
        if rules:
            out.print(f"no example makes fire: {', '.join(name for _, name in rules)}")
    if missed:
        raise typer.Exit(1)


@app.command("diff")
def policy_diff(
    domain: DomainName,
    old: Annotated[
        Path,
        typer.Argument(
            help="Document in force, or the new one to compare with the built-in", exists=True, dir_okay=False
        ),
    ],
    new: Annotated[Path | None, typer.Argument(help="The new document", exists=True, dir_okay=False)] = None,
    extends: Extends = None,
    fail_if_looser: Annotated[bool, typer.Option(help="Fail where something is surely looser")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a new document changes and what is looser: `triage policy diff return_fraud old.yaml new.yaml`."""
    card = domain_named(domain)
    before, after = (old, new) if new is not None else (card.policy_file, old)
    parent = _read(card, extends) if extends else None
    changes = difference(_read(card, before, parent).document, _read(card, after, parent).document)
    looser = sum(change.direction == "looser" for change in changes)
    if as_json:
        _write(
            {"old": str(before), "new": str(after), "looser": looser, "changes": [asdict(change) for change in changes]}
        )
    elif not changes:
        out.print("no difference")
    else:
        show([{"": change.direction, "change": change.sentence} for change in changes], as_json=False)
    if fail_if_looser and looser:
        raise typer.Exit(1)


def _summary(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "no problems"
    counted = [(errors, "error"), (warnings, "warning")]
    return ", ".join(f"{count or 'no'} {word}{'' if count == 1 else 's'}" for count, word in counted)


def _labels(budget: ErrorBudget | None) -> Mapping[float, int]:
    if budget is None:
        return {}
    from policies.certifying.label_demand import labels_by_share

    return labels_by_share(budget)


def _labels_sentence(budget: ErrorBudget) -> str:
    counts = ", ".join(f"{labels:,} where truly at {share:.0%} of it" for share, labels in _labels(budget).items())
    segments = ", ".join(segment.id for segment in budget.segments)
    return (
        f"audited labels needed in the automatic part of each segment ({segments}) to certify "
        f"{budget.margin * budget.alpha:.2%} (margin x alpha) with {1 - budget.delta:.0%} confidence: {counts}"
    )


def _text(path: Path) -> str:
    """Read a policy document, or the one in the file of a whole domain."""
    try:
        return policy_text(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise PolicyError([f"{path}: cannot be read: {error}"]) from None


def _read(card: Domain, path: Path, parent: Policy | None = None) -> Policy:
    """Read a policy, or a variant of `parent` or the built-in one."""
    text = _text(path)
    if not is_variant(text):
        return read_policy(card, path)
    return load_variant(text, name=str(path), parent=parent or read_policy(card))


def _write(result: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(result, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")
