"""From a stored policy version, or a text to become one, to a checked policy."""

from sqlalchemy import Connection

from policies.errors import PolicyError
from policies.policy import Policy, load_policy
from triage.domain import Domain
from triage.errors import FieldProblem, InvalidError
from triage.policy_versions import PolicyVersion


def read_version(connection: Connection, domain: Domain, version: PolicyVersion) -> Policy:
    """Load a stored version; raise PolicyError where this release of the program no longer reads it."""
    return read_text(connection, domain, version.document, name=f"{domain.name} {version.version}")


def read_text(connection: Connection, domain: Domain, text: str, *, name: str) -> Policy:
    """Check a document of a domain; raise PolicyError naming line and key of every problem."""
    del connection
    policy = load_policy(text, name=name, recipe=domain.recipe, causes=tuple(domain.heads.labels))
    if policy.document.domain != domain.name:
        raise PolicyError([f"{name}: domain: is a policy of {policy.document.domain}, not of {domain.name}"])
    return policy


def refused(error: PolicyError) -> InvalidError:
    """Turn a document's problems into an answer that names each."""
    problems = [FieldProblem(field="document", value="", message=str(problem)) for problem in error.problems]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return InvalidError(f"The document cannot be used: {error.problems[0]}{more}", problems=problems)
