"""From a stored policy version, or a text to become one, to a checked policy; a variant with the version it extends."""

from collections.abc import Sequence

import yaml
from sqlalchemy import Connection

from policies.document.errors import PolicyError
from policies.document.source import LOADER
from policies.judging.policy import Policy, load_policy
from policies.judging.variants import is_variant, load_variant
from triage.domain import Domain
from triage.errors import FieldProblem, InvalidError
from triage.policy_life.versions import PolicyVersion, find_version


def read_version(connection: Connection, domain: Domain, version: PolicyVersion) -> Policy:
    """Load a stored version; raise PolicyError where this release of the program no longer reads it."""
    return read_text(connection, domain, version.document, name=f"{domain.name} {version.version}")


def read_text(connection: Connection, domain: Domain, text: str, *, name: str) -> Policy:
    """Check a document of a domain, a variant against the stored version it extends; raise PolicyError naming every
    problem."""
    if is_variant(text):
        policy = load_variant(text, name=name, parent=_parent(connection, domain, text, name))
    else:
        policy = load_policy(text, name=name, recipe=domain.recipe, causes=tuple(domain.heads.labels))
    if policy.document.domain != domain.name:
        raise PolicyError([f"{name}:1: domain: is a policy of {policy.document.domain}, not of {domain.name}"])
    return policy


def refused(problems: Sequence[str]) -> InvalidError:
    """Turn a document's problems into an answer that names each."""
    found = [_problem(problem) for problem in problems]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return InvalidError(f"The policy cannot be used: {problems[0]}{more}", problems=found)


def _parent(connection: Connection, domain: Domain, text: str, name: str) -> Policy:
    extends = str(yaml.load(text, Loader=LOADER).get("extends"))
    stored = find_version(connection, domain.name, extends)
    if stored is None:
        raise PolicyError([f"{name}:1: extends: there is no version {extends[:32]} of {domain.name}; record it first"])
    return read_version(connection, domain, stored)


def _problem(problem: str) -> FieldProblem:
    """Split "file:line: key: what is wrong" into its place and what is wrong there."""
    place, _, after_place = problem.partition(": ")
    key, found, message = after_place.partition(": ")
    return FieldProblem(
        field=f"document.{key}" if found else "document", value=place[-80:], message=message or after_place
    )
