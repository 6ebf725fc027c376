"""Dangers named in a maintenance description, found by keywords alone so that the check never depends on a model.

On the safe side by design: only a danger that is plainly denied ("no smoke", "no sign of gas or fire") is left out; a doubt,
a past danger ("smoke has stopped") or a question counts. Equipment named after a danger ("smoke detector") is not one.
"""

import re
from collections.abc import Mapping
from typing import Final

LIFE_THREATS: Final = frozenset({"gas_leak", "smoke_fire", "entrapment"})
"""Dangers where people leave or are freed before anyone looks at the ticket."""

_FIRE_DEVICE: Final = r"(?:alarms?|detectors?|sensors?|extinguishers?|doors?|exits?|drills?|panels?|lanes?|marshal|inspection|systems?|sprinklers?|suppression|safety|code|rated|escape|hose|cabinet|curtain|shutters?|watch)"
_OUT_OF_ORDER: Final = (
    r"(?:down|offline|out|in trouble|trouble|impaired|disabled|isolated|not working|dead|fault|failed)"
)

PATTERNS: Final[Mapping[str, str]] = {
    "gas_leak": r"gas (?:leak\w*|smell|odou?r)|smell\w*(?: of| like| strongly of)? (?:natural )?(?:gas|propane)\b|carbon monoxide(?! (?:detector|alarm|sensor))|rotten eggs?",
    "smoke_fire": rf"(?:smoke|fire) alarms? (?:is |are |keeps? )?(?:going off|sounding|ringing)|smok(?:e|ing|ey|y)\b(?! {_FIRE_DEVICE}\b| area| break| shelter)|fire\b(?! {_FIRE_DEVICE}\b)|on fire\b|flames?\b|burn(?:ing|t) (?:smell|odou?r|plastic|wires?)|smell\w*(?: of| like)? (?:something )?burning|overheating and melting",
    "electrical": r"spark(?:s|ing|ed)?\b|arcing\b|exposed (?:live )?(?:wire|wiring|cable)s?|live wires?|electrocut\w*|electric(?:al)? shock|(?:got|gets|getting|gave) (?:a |me a )?shock(?:ed)?",
    "trip": r"(?:trip|slip|fall)(?:ping|s)? hazard|tripped over|(?:customer|someone|associate|employee|guest|child) (?:has |was |is |got )?(?:fell|fallen|slipped|hurt|injured)",
    "entrapment": r"(?:stuck|trapped) (?:inside|in)(?: the)? (?:elevator|lift|freezer|cooler|walk-in|baler|restroom|vestibule)|(?:person|people|customer|someone|associate|kid|child) (?:is |are )?(?:stuck|trapped)|entrap\w*|can(?:no|')t get out of",
    "flood": r"flood(?:ed|ing|s)?\b(?! ?lights?)|water (?:everywhere|pouring|gushing|pooling across)|ankle deep|burst (?:pipe|main)|(?:pipe|main) (?:has )?burst",
    "sewage": r"sewage|sewer (?:back\w*|water|smell|gas)|toilets? (?:is |are )?overflow\w*|waste water|black water",
    "chemical": r"ammonia|(?:refrigerant|freon|chemical|acid|battery acid) (?:leak\w*|spill\w*)|chemical (?:smell|fumes)|bleach fumes|mercury",
    "egress_blocked": r"exit(?: doors?)?(?: is| are)? (?:blocked|locked|chained|jammed|stuck|obstructed|won't open)|egress (?:is )?(?:blocked|obstructed)|blocked (?:fire |emergency )?exit",
    "fire_system_impaired": rf"(?:fire alarm|fire panel|alarm panel|sprinklers?|smoke (?:detector|alarm|head)s?|suppression system)(?: [a-z]+){{0,3}} {_OUT_OF_ORDER}\b",
}  # fmt: skip
"""One expression per member of the payload's `safety_flags`, over lower-case text with single spaces."""

_DANGER: Final = re.compile("|".join(rf"\b(?P<{name}>{pattern})" for name, pattern in PATTERNS.items()))
_DENIED: Final = re.compile(
    r"\b(?:no|not|without|never|nor|isn't|wasn't|aren't|don't|doesn't|didn't)"
    r"(?: (?:any|a|an|the|visible|active|obvious|actual|signs? of|evidence of|trace of|see|seeing|smell))* ?$"
)
_DENIED_TOO: Final = re.compile(r" (?:or|nor)(?: any| of)? $")
_CAN_TELL: Final = 60


def dangers(description: str | None) -> frozenset[str]:
    """Name the dangers a description mentions and does not deny, empty for none or no text.

    >>> sorted(dangers("Panel is sparking, no smoke or fire"))
    ['electrical']
    """
    if not description:
        return frozenset()
    text = " ".join(description.lower().replace("\u2019", "'").split())
    found: set[str] = set()
    denied_until = -1
    for match in _DANGER.finditer(text):
        start = match.start()
        follows_denied = denied_until >= 0 and _DENIED_TOO.fullmatch(text, denied_until, start) is not None
        if follows_denied or _DENIED.search(text[max(0, start - _CAN_TELL) : start]):
            denied_until = match.end()
        elif match.lastgroup is not None:
            found.add(match.lastgroup)
    return frozenset(found)
