"""What a domain's three heads learn, said once per domain in `models/<domain>.py`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The targets of one domain's models.

    labels: the causes, with the words people use for them.
    straight_through: what acting straight through means here, as a clause: the risk head predicts that it would be
    wrong.
    wrong_when: what makes it wrong, as a clause; it goes on the model card.
    loss_is: what the loss of a wrong straight-through act consists of; it goes on the model card.
    never_wrong, always_wrong: causes that settle it: with them acting straight through is never, or always, wrong.
        Empty where a cause says nothing of it.
    """

    labels: Mapping[str, str]
    straight_through: str
    wrong_when: str
    loss_is: str
    never_wrong: tuple[str, ...] = ()
    always_wrong: tuple[str, ...] = ()

    def contradiction(self, cause: str | None, wrong: bool | None) -> str | None:
        """Return why a cause and a ruling of right or wrong cannot both be true; None where they can."""
        if wrong is True and cause in self.never_wrong:
            settled, cure = "never", "name the cause that made it wrong, or say that it was right"
        elif wrong is False and cause in self.always_wrong:
            settled, cure = "always", "name the cause that it really had, or say that it was wrong"
        else:
            return None
        meaning = "wrong" if wrong else "right"
        return (
            f"contradicts {meaning!r}: with {self.labels[cause]!r} acting straight through is {settled} wrong; {cure}"
        )
