"""The policies that decide at one instant: each domain's own, its variants, and the queues cases may still wait in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policies.document.document import Queue
from policies.judging.policy import Policy
from policies.judging.variants import fits


class InForce(Mapping[str, Policy]):
    """What is in force, never half: as a mapping it gives each domain's own policy.

    variants: per domain, tried by name before the domain's own; past_queues: queues of versions no longer in force.
    """

    def __init__(
        self,
        own: Mapping[str, Policy],
        *,
        variants: Mapping[str, Sequence[Policy]] | None = None,
        past_queues: Mapping[str, Mapping[str, Queue]] | None = None,
    ) -> None:
        self._own = dict(own)
        self._variants = {name: tuple(sorted(given, key=_variant)) for name, given in (variants or {}).items()}
        past = past_queues or {}
        self._queues = {name: _all_queues(past.get(name, {}), self.policies(name)) for name in self._own}

    def __getitem__(self, domain: str) -> Policy:
        return self._own[domain]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def policies(self, domain: str) -> tuple[Policy, ...]:
        """Return a domain's own policy and its variants."""
        return (self._own[domain], *self._variants.get(domain, ()))

    def for_case(self, domain: str, envelope: Mapping[str, Any]) -> Policy:
        """Choose the policy of a case by its envelope: the first variant that fits, else the domain's own."""
        for variant in self._variants.get(domain, ()):
            if variant.document.applies_to is not None and fits(variant.document.applies_to, envelope):
                return variant
        return self._own[domain]

    def queues(self, domain: str) -> Mapping[str, Queue]:
        """Return every queue a case of the domain may wait in: those in force first, then those of versions before.

        A queue is restricted where any policy in force says so.
        """
        return self._queues[domain]


def _variant(policy: Policy) -> str:
    return policy.document.variant or ""


def _all_queues(past: Mapping[str, Queue], policies: Sequence[Policy]) -> dict[str, Queue]:
    current: dict[str, Queue] = {}
    for policy in policies:
        for name, queue in policy.document.queues.items():
            # Never the laxer of two: what one policy hides, another must not show.
            if name not in current or queue.restricted:
                current[name] = queue
    return current | {name: queue for name, queue in past.items() if name not in current}
