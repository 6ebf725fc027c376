"""Variants: a document that tightens its domain's policy for some regions, banners or legal entities, and can never
loosen it.

A variant is short: it names the version it extends, says for whom it is, and adds to it. What it may change and in
which direction stands in this module once; everything it does not say is its parent's. Limits of the parent stay as
they are:
nobody can know which way a number is stricter, so a stricter one is a control or four-eyes rule of the variant's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.document.document import (
    AppliesTo,
    Control,
    FourEyes,
    OverrideRule,
    PolicyDocument,
    Probability,
    Queue,
    Raised,
)
from policies.document.errors import PolicyError, form_message
from policies.document.parts import OnMissing, QueueName, RuleId, Scalar, When
from policies.document.source import LOADER, UNMADE, Source, refuse_shape
from policies.judging.policy import Policy


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StricterControl(OnMissing):
    """A control or override rule: a new one in full, or the id of the parent's and a higher `raise_to`."""

    id: RuleId
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    when: When | None = None
    raise_to: Raised
    queue: QueueName | None = None
    action: Annotated[str, Field(min_length=1, max_length=400)] | None = None


class StricterThresholds(_Part):
    """Cut-offs to replace the parent's: lower or equal ones, and a higher or equal `review_below_cause_probability`."""

    confirm_at_risk: Probability | None = None
    review_at_risk: Probability | None = None
    escalate_at_risk: Probability | None = None
    confirm_at_expected_loss: Annotated[float, Field(ge=0)] | None = None
    review_at_expected_loss: Annotated[float, Field(ge=0)] | None = None
    escalate_at_expected_loss: Annotated[float, Field(ge=0)] | None = None
    review_below_cause_probability: Probability | None = None


class StricterBudget(_Part):
    """Numbers of the error budget to replace the parent's: each lower or equal. Segments stay the parent's."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)] | None = None
    delta: Annotated[float, Field(gt=0, lt=0.5)] | None = None
    margin: Annotated[float, Field(gt=0, le=1)] | None = None
    lapse_days: Annotated[float, Field(gt=0, le=730)] | None = None
    recertify_days: Annotated[float, Field(gt=0, le=365)] | None = None


class LargerAuditSlice(_Part):
    """A share to replace the parent's: higher or equal."""

    share: Annotated[float, Field(gt=0, le=1)]


class VariantDocument(_Part):
    """What a variant document may say."""

    domain: str
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,32}$")]
    variant: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    extends: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,32}$")]
    applies_to: AppliesTo
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    limits: dict[str, Scalar] = {}
    attributes: dict[str, Literal["number", "flag", "text"]] = {}
    controls: list[StricterControl] = []
    override_rules: list[StricterControl] = []
    thresholds: StricterThresholds = StricterThresholds()
    error_budget: StricterBudget | None = None
    audit: LargerAuditSlice | None = None
    four_eyes: list[FourEyes] = []
    queues: dict[QueueName, Queue] = {}


def is_variant(text: str) -> bool:
    """Return whether a document is a variant, by its key `variant`; False for what is not a mapping of YAML."""
    try:
        refuse_shape(text, "document")
        content = yaml.load(text, Loader=LOADER)
    except (PolicyError, yaml.YAMLError, RecursionError, *UNMADE):
        return False
    return isinstance(content, dict) and content.get("variant") is not None


def load_variant(text: str, *, name: str, parent: Policy) -> Policy:
    """Read a variant and merge it into the policy it extends; raise PolicyError naming line and key of every
    loosening."""
    source = _MergedSource(text, name=name, parent=parent.document)
    try:
        variant = VariantDocument.model_validate(source.content)
    except ValidationError as error:
        raise PolicyError([source.problem(item["loc"], form_message(item)) for item in error.errors()]) from None
    problems = list(_problems(variant, parent.document, source))
    if problems:
        raise PolicyError(problems)
    for part in ("controls", "override_rules", "four_eyes"):
        source.place(part, getattr(variant, part), getattr(parent.document, part))
    return Policy(_merged(variant, parent.document), source, recipe=parent.recipe, causes=parent.causes)


def fits(applies_to: AppliesTo, envelope: Mapping[str, Any]) -> bool:
    """Return whether a case is one a variant is for: every list given names the case's value."""
    return all(listed is None or envelope.get(key) in listed for key, listed in _lists(applies_to))


def select_variant(envelope: Mapping[str, Any], variants: Mapping[str, AppliesTo]) -> str | None:
    """Choose the variant for a case by its envelope's region, banner and legal entity; None: the domain's own policy.

    Where several fit, which `overlapping` finds beforehand, the first by name is taken.
    """
    return next((name for name in sorted(variants) if fits(variants[name], envelope)), None)


def overlapping(variants: Mapping[str, AppliesTo]) -> list[tuple[str, str]]:
    """Name the pairs of variants that could both be for one case."""
    names = sorted(variants)
    return [
        (first, second)
        for at, first in enumerate(names)
        for second in names[at + 1 :]
        if _meet(variants[first], variants[second])
    ]


def _lists(applies_to: AppliesTo) -> tuple[tuple[str, list[str] | None], ...]:
    return (
        ("region", applies_to.regions),
        ("banner", applies_to.banners),
        ("legal_entity", applies_to.legal_entities),
    )


def _meet(first: AppliesTo, second: AppliesTo) -> bool:
    pairs = zip(_lists(first), _lists(second), strict=True)
    return all(one is None or other is None or bool(set(one) & set(other)) for (_, one), (_, other) in pairs)


def _problems(variant: VariantDocument, parent: PolicyDocument, source: Source) -> Iterator[str]:
    if variant.domain != parent.domain:
        yield source.problem(("domain",), f"the policy it extends is of {parent.domain}")
    if parent.variant is not None:
        yield source.problem(("extends",), f"extends the variant {parent.variant}; extend the domain's own policy")
    if variant.extends != parent.version:
        message = f"the parent is version {parent.version}; see what changed and write `extends: {parent.version}`"
        yield source.problem(("extends",), message)
    if not any(listed for _, listed in _lists(variant.applies_to)):
        yield source.problem(
            ("applies_to",), "names no region, banner or legal entity; it would replace the parent for all"
        )
    for part in ("limits", "attributes", "queues"):
        for name in set(getattr(variant, part)) & set(getattr(parent, part)):
            message = "is the parent's and stays as it is; give it another name and use it in a rule of your own"
            yield source.problem((part, name), message)
    for part in ("controls", "override_rules"):
        yield from _looser_rules(part, getattr(variant, part), getattr(parent, part), source)
    for at, rule in enumerate(variant.four_eyes):
        if rule.id in {known.id for known in parent.four_eyes}:
            yield source.problem(("four_eyes", at, "id"), "is the parent's and stays as it is; give yours another id")
    yield from _looser_numbers(variant, parent, source)


def _looser_rules(part: str, own: Sequence[StricterControl], theirs: Sequence[Any], source: Source) -> Iterator[str]:
    known = {rule.id: rule for rule in theirs}
    for at, rule in enumerate(own):
        if rule.id not in known:
            for key in ("title", "when"):
                if getattr(rule, key) is None:
                    yield source.problem((part, at, key), f"a rule of your own needs `{key}`")
            continue
        for key in ("title", "when", "if_missing", "missing", "queue", "action"):
            if getattr(rule, key):
                message = f"{key} of {rule.id} is the parent's and stays; add a rule of your own beside it"
                yield source.problem((part, at, key), message)
        if rule.raise_to.rank < known[rule.id].raise_to.rank:
            message = f"{rule.id} raises to {known[rule.id].raise_to} in the parent; {rule.raise_to} would loosen it"
            yield source.problem((part, at, "raise_to"), message)


def _looser_numbers(variant: VariantDocument, parent: PolicyDocument, source: Source) -> Iterator[str]:
    for name, value in variant.thresholds.model_dump(exclude_none=True).items():
        known = getattr(parent.thresholds, name)
        higher_is_stricter = name == "review_below_cause_probability"
        if known is not None and (value < known if higher_is_stricter else value > known):
            way = "higher" if higher_is_stricter else "lower"
            yield source.problem(
                ("thresholds", name), f"{value:g} loosens the parent's {known:g}; only {way} is allowed"
            )
    if variant.error_budget is not None and parent.error_budget is None:
        yield source.problem(("error_budget",), "the parent has none to tighten; give the parent one first")
    elif variant.error_budget is not None:
        for name, value in variant.error_budget.model_dump(exclude_none=True).items():
            known = getattr(parent.error_budget, name)
            if value > known:
                message = f"{value:g} loosens the parent's {known:g}; only lower is allowed"
                yield source.problem(("error_budget", name), message)
    if variant.audit is not None and parent.audit is None:
        yield source.problem(("audit",), "the parent has none to enlarge; give the parent one first")
    elif variant.audit is not None and parent.audit is not None and variant.audit.share < parent.audit.share:
        message = (
            f"{variant.audit.share:g} is less than the parent's {parent.audit.share:g}; only a larger share is allowed"
        )
        yield source.problem(("audit", "share"), message)


def _merged(variant: VariantDocument, parent: PolicyDocument) -> PolicyDocument:
    """Put parent and variant together; what the variant adds stands after the parent's."""
    changes: dict[str, Any] = {
        "version": variant.version,
        "variant": variant.variant,
        "extends": variant.extends,
        "applies_to": variant.applies_to,
        "title": variant.title or parent.title,
        "limits": parent.limits | variant.limits,
        "attributes": parent.attributes | variant.attributes,
        "queues": parent.queues | variant.queues,
        "thresholds": _with(parent.thresholds, variant.thresholds),
        "four_eyes": [*parent.four_eyes, *variant.four_eyes],
    }
    changes["controls"] = _rules(Control, parent.controls, variant.controls)
    changes["override_rules"] = _rules(OverrideRule, parent.override_rules, variant.override_rules)
    if variant.error_budget is not None and parent.error_budget is not None:
        changes["error_budget"] = _with(parent.error_budget, variant.error_budget)
    if variant.audit is not None and parent.audit is not None:
        changes["audit"] = _with(parent.audit, variant.audit)
    return parent.model_copy(update=changes)


def _with(whole: Any, changes: BaseModel) -> Any:
    return whole.model_copy(update=changes.model_dump(exclude_none=True))


def _rules(kind: type[Control], theirs: Sequence[Any], own: Sequence[StricterControl]) -> list[Any]:
    raised = {rule.id: rule.raise_to for rule in own}
    known = {rule.id for rule in theirs}
    kept = [rule.model_copy(update={"raise_to": raised.get(rule.id, rule.raise_to)}) for rule in theirs]
    return kept + [kind.model_validate(rule.model_dump()) for rule in own if rule.id not in known]


class _MergedSource(Source):
    """The text of a variant, which knows where the rules of the merged document stand in it."""

    def __init__(self, text: str, *, name: str, parent: PolicyDocument) -> None:
        super().__init__(text, name=name)
        self._theirs = {part: len(getattr(parent, part)) for part in ("controls", "override_rules", "four_eyes")}
        self._own: dict[str, list[int]] = {}

    def place(self, part: str, own: Sequence[Any], theirs: Sequence[Any]) -> None:
        """Note which rules of a part are the variant's own."""
        known = {rule.id for rule in theirs}
        self._own[part] = [at for at, rule in enumerate(own) if rule.id not in known]

    def problem(self, path: Sequence[str | int], message: str) -> str:
        """Write one problem of the merged document with its place in the variant."""
        part, at = (*path, None, None)[:2]
        own = self._own.get(str(part))
        if own is not None and isinstance(at, int):
            at -= self._theirs[str(part)]
            path = (str(part), own[at], *path[2:]) if at >= 0 else (str(part),)
        return super().problem(path, message)
