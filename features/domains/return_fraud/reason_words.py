"""Features of the reason in words."""

from typing import Final

import numpy as np

from features.columns import Column
from features.danger.danger_kinds import dangers_per_text
from features.declaration import FeatureGroup, Texts

# What a reason speaks of: beginnings of words, so that endings and most typos do not matter.
TOPICS: Final = {
    "occasion": ("wedding", "party", "occasion", "evening", "weekend", "worn ", "wore", "wear it", "only tried"),
    "several": ("sizes", "colours", "colors", "few to", "compare", "sending the rest"),
    "no_receipt": ("receipt", "proof of purchase"),
    "urgent": ("today", "right away", "instant", "dispute", "loyal", "immediately", "other card", "chargeback"),
    "long_use": ("weeks", "months", "wears out", "a while", "earlier", "late"),
    "price": ("price", "cheaper", "promotion", "charged", "discount"),
    "sent_back": ("sent back", "dropped", "parcel shop", "handed in", "returned every", "on the way", "all items",
    "shipped"),
    "till": ("reprint", "keyed", "by hand", "scan", "entered the", "other tender", "another tender", "cash"),
    "not_received": ("never arrived", "not arrive", "delivered", "courier", "neighbour", "at the door", "empty",
    "waiting for the"),
    "not_described": ("pictures", "photo", "model", "looks used", "scratch", "missing", "damaged"),
    "fault": ("stopped", "broke", "not work", "switch on", "battery", "zip", "seam", "flicker", "leak", "noise"),
}  # fmt: skip

F: Final = FeatureGroup()


@F.feature("Same wording in other returns in 30 days", family="text", unit="count")
def wording_seen_30d(wording_count_30d: Column) -> Column:
    return wording_count_30d


@F.feature("Length of the reason", family="text", unit="count")
def reason_length(reason_text: Texts) -> Column:
    return np.array([np.nan if text is None else float(len(text)) for text in reason_text], dtype=np.float64)


@F.features(
    {f"speaks_of_{topic}": f"Reason speaks of: {topic.replace('_', ' ')}" for topic in TOPICS},
    family="text",
)
def topics(reason_text: Texts) -> dict[str, Column]:
    """Return 1 where the reason speaks of a topic, 0 where it does not, NaN where there is no reason in words."""
    texts = [None if text is None else text.lower() for text in reason_text]
    return {
        f"speaks_of_{topic}": np.array(
            [np.nan if text is None else float(any(word in text for word in words)) for text in texts], dtype=np.float64
        )
        for topic, words in TOPICS.items()
    }


@F.feature("Kinds of danger named in the reason", family="danger", unit="count")
def danger_named(reason_text: Texts) -> Column:
    return dangers_per_text(reason_text)
