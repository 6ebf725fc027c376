"""Domains of a deployment's own that are one YAML file: the description, its policy and its examples, one after
another.

The parts are documents of YAML, separated by a line of three hyphens.
"""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from features.own_domain.own_form import OwnDomain
from features.own_domain.own_recipe import build_recipe
from models.heads import Heads
from policies.document.domain_file import parts_of
from policies.document.errors import PolicyError, form_message
from policies.document.source import Source
from triage.domain import Domain
from triage.errors import InvalidError

SUFFIXES: Final = (".yaml", ".yml")
MAX_FILE_BYTES: Final = 1_000_000


def read_own_domain(path: Path) -> Domain:
    """Read a domain from its file; raise InvalidError naming file, line and key of what is wrong."""
    text = _text(path)
    part = parts_of(text).get("domain")
    if part is None:
        raise InvalidError(f"{path}: describes no domain: it has no part with `payload` and `causes`")
    try:
        source = Source(part, name=str(path))
        own = OwnDomain.model_validate(source.content)
        recipe = build_recipe(own)
    except PolicyError as error:
        raise InvalidError("; ".join(error.problems)) from None
    except ValidationError as error:
        raise InvalidError(
            "; ".join(source.problem(item["loc"], form_message(item)) for item in error.errors()[:5])
        ) from None
    except (ValueError, TypeError) as error:
        raise InvalidError(f"{path}: {error}") from None
    if path.stem != own.domain:
        raise InvalidError(
            f"{path}: describes {own.domain}; call the file {own.domain}.yaml, so that one name is one domain"
        )
    return Domain(
        name=own.domain,
        title=own.title,
        recipe=recipe,
        heads=Heads(
            labels=own.causes,
            straight_through=own.straight_through,
            wrong_when=own.wrong_when,
            loss_is=own.loss_is,
            never_wrong=tuple(own.never_wrong),
            always_wrong=tuple(own.always_wrong),
        ),
        policy_file=path,
        subject=tuple(own.subject),
        requesters=tuple(own.requesters),
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidError(f"{path}: has more than {MAX_FILE_BYTES:,} bytes; a domain has a few thousand")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError(f"{path}: cannot be read: {error}") from None
