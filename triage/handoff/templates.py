"""What mail and chat say: a template of the operator's, or a built-in one in the receiver's language."""

from collections.abc import Mapping
from typing import Any, Final

from triage.errors import FieldProblem, InvalidError
from triage.handoff.event_kinds import STEP_MESSAGE

MAX_TEMPLATE_LENGTH: Final = 8_000
MAX_MESSAGE_LENGTH: Final = 20_000
_TEMPLATES: Final[Mapping[str, str]] = {
    "en": """{% if data.stage %}
{{ data.exception_id }}: {{ 'late' if data.stage.at_percent >= 100 else 'due soon' }}
Case {{ data.exception_id }} ({{ data.domain }})
{{ data.stage.at_percent | round | int }} % of its time has run; due {{ data.task.sla_due_at }}
{% if data.stage.notify %}For: {{ data.stage.notify | join(', ') }}
{% endif %}Queue {{ data.task.queue }}, {{ data.task.owner_role }}, priority {{ data.task.priority }}
{% if data.stage.is_last %}Nobody has ruled on it; this is the last step.
{% endif %}Delivery {{ delivery_id }}{% else %}
{% set d = data.decision or data %}{{ d.exception_id or 'Test' }}: {{ d.disposition or kind }}
{% if d.exception_id %}Case {{ d.exception_id }} ({{ d.domain }})
{% if data.ruling %}Ruling: {{ data.ruling.action }}, cause {{ data.ruling.cause }}, by {{ data.ruling.ruled_by }}
{% else %}Decision: {{ d.disposition }}{% if d.cause.label %}, cause {{ d.cause.label }}{% endif %}
{% endif %}{% if d.route.queue %}Queue {{ d.route.queue }}, due {{ d.route.sla_due_at }}
{% endif %}{% for reason in d.reasons or [] %}- {{ reason.text }}
{% endfor %}{% else %}This is a test message. It concerns no case.
{% endif %}Delivery {{ delivery_id }}{% endif %}""",
    "de": """{% if data.stage %}
{{ data.exception_id }}: {{ 'überfällig' if data.stage.at_percent >= 100 else 'bald fällig' }}
Fall {{ data.exception_id }} ({{ data.domain }})
{{ data.stage.at_percent | round | int }} % der Zeit sind um; fällig {{ data.task.sla_due_at }}
{% if data.stage.notify %}Für: {{ data.stage.notify | join(', ') }}
{% endif %}Warteschlange {{ data.task.queue }}, {{ data.task.owner_role }}, Priorität {{ data.task.priority }}
{% if data.stage.is_last %}Niemand hat entschieden; dies ist der letzte Schritt.
{% endif %}Zustellung {{ delivery_id }}{% else %}
{% set d = data.decision or data %}{{ d.exception_id or 'Test' }}: {{ d.disposition or kind }}
{% if d.exception_id %}Fall {{ d.exception_id }} ({{ d.domain }})
{% if data.ruling %}Urteil: {{ data.ruling.action }}, Ursache {{ data.ruling.cause }}, von {{ data.ruling.ruled_by }}
{% else %}Entscheidung: {{ d.disposition }}{% if d.cause.label %}, Ursache {{ d.cause.label }}{% endif %}
{% endif %}{% if d.route.queue %}Warteschlange {{ d.route.queue }}, fällig {{ d.route.sla_due_at }}
{% endif %}{% for reason in d.reasons or [] %}- {{ reason.text }}
{% endfor %}{% else %}Dies ist eine Testnachricht. Sie betrifft keinen Fall.
{% endif %}Zustellung {{ delivery_id }}{% endif %}""",
}
LANGUAGES: Final = tuple(_TEMPLATES)


class UnwritableMessageError(Exception):
    """A template cannot be filled with what it was given."""


def check_template(template: str) -> None:
    """Raise InvalidError for a template that is too long or that Jinja cannot read."""
    from jinja2 import TemplateSyntaxError

    problem = None
    if not 0 < len(template) <= MAX_TEMPLATE_LENGTH:
        problem = f"must have 1 to {MAX_TEMPLATE_LENGTH:,} characters"
    else:
        try:
            _environment().parse(template)
        except TemplateSyntaxError as error:
            problem = f"line {error.lineno}: {error.message}"
    if problem is not None:
        shown = FieldProblem(field="template", value=repr(template[:40]), message=problem)
        raise InvalidError(f"template: {problem}", problems=[shown])


def write_message(
    template: str | None, language: str, *, kind: str, delivery_id: str, data: Mapping[str, Any]
) -> tuple[str, str]:
    """Return title and body of a message; raise UnwritableMessageError where the template fails on this event.

    A route's step says itself what it has to say, where the endpoint has no template of its own.
    """
    from jinja2 import TemplateError

    if kind == STEP_MESSAGE and template is None:
        said = data["message"]
        return _in_language(said["title"], language)[:200], _in_language(said["text"], language)[:MAX_MESSAGE_LENGTH]
    try:
        filled = _environment().from_string(template or _TEMPLATES[language])
        text = filled.render(kind=kind, delivery_id=delivery_id, data=data)
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise UnwritableMessageError(f"the template fails on this event: {str(error)[:200]}") from None
    title, _, body = text.strip().partition("\n")
    return title[:200], body.strip()[:MAX_MESSAGE_LENGTH] or title[:200]


def _in_language(text: str | Mapping[str, str], language: str) -> str:
    """Choose what a step says in the receiver's language, else in English, else in whatever language there is."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("en") or next(iter(text.values()))


def _environment() -> Any:
    from jinja2 import ChainableUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Sandboxed: an operator writes it, but it must not reach into the process. No HTML is made of it, so nothing is
    # escaped.
    return ImmutableSandboxedEnvironment(undefined=ChainableUndefined, autoescape=False)
