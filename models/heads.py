"""What a domain's three heads learn, said once per domain in `models/<domain>.py`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The targets of one domain's models.

    labels: the causes, with the words people use for them.
    straight_through: what acting straight through means here, as a clause: the risk head predicts that it would be wrong.
    wrong_when: what makes it wrong, as a clause; it goes on the model card.
    loss_is: what the loss of a wrong straight-through act consists of; it goes on the model card.
    """

    labels: Mapping[str, str]
    straight_through: str
    wrong_when: str
    loss_is: str
