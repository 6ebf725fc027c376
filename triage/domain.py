"""A domain's card: what a newcomer reads first. Nothing computed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from features.documents.match_result import MatchResult, MatchRules
from features.documents.trade_document import TradeDocument
from features.doubles import Claim
from features.panels import CaseEvidence
from features.recipe import Recipe
from models.heads import Heads
from policies.document.domain_file import policy_text
from policies.document.errors import PolicyError
from policies.judging.policy import Policy, load_policy


class BillPayloads(Protocol):
    """Makes payloads of a bill that does not match: the line's name (None: the bill as a whole) and its payload."""

    def __call__(
        self, bill: TradeDocument, result: MatchResult, rules: MatchRules, *, received_at: datetime
    ) -> list[tuple[str | None, dict[str, Any]]]:
        """Return one payload for each case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One kind of exception, end to end.

    name: as in the API, the CLI, the files of every room and the registered model.
    title: as people say it.
    policy_file: its policy document, or the file that the whole domain is.
    subject: payload fields that head a case on the review page.
    requesters: payload fields that name who asked for what the case is about, and so may never approve its ruling.
    claim: what of a payload is compared with earlier cases, so that nothing is done twice; None where nothing is.
    bills: makes cases of bills that came as documents and do not match; None: the domain takes no documents.
    unread: makes the payload of a document that cannot be read, of its digest.
    evidence: how the case page shows a case; None: its fields, by what they are about.
    """

    name: str
    title: str
    recipe: Recipe
    heads: Heads
    policy_file: Path
    subject: tuple[str, ...]
    requesters: tuple[str, ...] = ()
    claim: Callable[[Any], Claim | None] | None = None
    bills: BillPayloads | None = None
    unread: Callable[[str], dict[str, Any]] | None = None
    evidence: CaseEvidence | None = None


def read_policy(domain: Domain, file: Path | None = None) -> Policy:
    """Read and check a domain's policy, the built-in one by default; raise PolicyError naming line and key of every
    problem."""
    path = file or domain.policy_file
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([f"{path}: cannot be read: {error}"]) from None
    policy = load_policy(policy_text(text), name=str(path), recipe=domain.recipe, causes=tuple(domain.heads.labels))
    if policy.document.domain != domain.name:
        raise PolicyError([f"{path}: domain: is a policy of {policy.document.domain}, not of {domain.name}"])
    return policy
