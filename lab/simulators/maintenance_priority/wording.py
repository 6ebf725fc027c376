"""What reporters of the simulated retailer write: phrases whose probabilities are known, put together clumsily."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.simulators.maintenance_priority.evidence import Choice, Witness
from lab.simulators.maintenance_priority.parameters import CAUSES, DANGERS
from lab.simulators.retailer import Codes, Floats, misspell

_OWN: Final[Mapping[str, Sequence[str]]] = {
    "plumbing_leak_drain": ("toilet in customer restroom wont flush", "sink is clogged in prep area",
    "drain backing up by produce", "water leaking under the sink", "water on the floor near the wall",
    "faucet drips nonstop", "leak from pipe in back room", "urinal keeps running"),
    "hvac_comfort": ("too hot in the store", "no heat on sales floor", "rtu 2 not cooling", "thermostat not responding",
    "ac blowing warm air", "unit on the roof making noise", "water dripping from ceiling vent",
    "cold in the office area"),
    "refrigeration_temp": ("dairy case running warm", "walk in not holding temp", "freezer temp going up",
    "case fans not running", "compressor keeps cycling", "ice build up on evaporator", "water under the case",
    "high temp alarm on rack"),
    "lighting_electrical": ("lights out in aisle", "half the lights are flickering", "breaker keeps tripping",
    "outlet not working", "no power to the unit", "parking lot lights out", "sign light is out", "panel buzzing"),
    "doors_entrance": ("front door wont close", "auto door stuck", "door not opening for customers",
    "back door lock broken", "roller shutter wont come down", "hinge broke on the door", "door alarm keeps beeping",
    "gate is off the track"),
    "pos_payment_it": ("register is down", "pinpad offline", "cards not going through", "no network at checkout",
    "receipt printer jammed", "self checkout frozen", "terminal wont boot", "screen is blank"),
    "general_building": ("ceiling tile stained", "floor tile cracked", "shelf is loose", "wall damaged by pallet jack",
    "sign falling off", "counter top chipped", "paint peeling", "fitting room mirror cracked"),
    "food_equipment": ("oven not heating", "ice machine not making ice", "rotisserie wont turn", "fryer wont light",
    "slicer making noise", "proofer not holding temp", "bakery oven error code", "hot case is cold"),
    "security_loss_prevention": ("camera offline", "eas gate not beeping", "alarm wont set", "safe wont open",
    "dvr not recording", "alarm keypad error", "door contact fault", "tag detacher broken"),
    "pest_janitorial_exterior": ("mouse seen in back room", "flies by the produce", "pot hole in parking lot",
    "dumpster overflowing", "snow not cleared", "bad smell near the dock", "oil spill in lot",
    "graffiti on the back wall"),
    "fire_life_safety": ("fire panel beeping", "trouble light on fire panel", "exit sign not lit",
    "sprinkler head leaking", "extinguisher tag expired", "strobe hanging from wall", "alarm went off for nothing",
    "supervisory signal on panel"),
    "material_handling_lift": ("dock leveler stuck", "forklift wont start", "baler wont cycle", "elevator making noise",
    "dock door off track", "escalator stopped", "compactor jammed", "lift gate error code"),
    "roof_structural": ("roof leaking again", "water coming through ceiling", "ceiling stain getting bigger",
    "gutter came loose", "crack in wall getting wider", "skylight leaking", "beam looks bent",
    "puddle under the roof drain"),
}  # fmt: skip
_ANYWHERE: Final = (
    "not working", "unit is down", "please send someone", "making a loud noise", "same issue as last time",
    "it is broken",
    "see attached", "error on display", "needs to be looked at", "something is leaking", "stopped working this morning",
    "service request", "keeps beeping", "alarm active",
)  # fmt: skip
_ANYWHERE_SHARE: Final = 0.30
_ELSEWHERE_SHARE: Final = 0.10

# Chances by severity 1 to 4, before normalising; "" is a reporter who says nothing about it.
_GRAVITY: Final[Mapping[str, tuple[float, float, float, float]]] = {
    "": (180, 180, 180, 180), "had to close the department": (6, 4, 0.4, 0.3), "we can not sell": (6, 4.5, 0.5, 0.3),
    "getting worse by the hour": (5, 5, 0.9, 0.5), "customers are walking out": (5, 4, 0.5, 0.3),
    "need someone now": (5, 4.5, 1.8, 0.9), "customers complaining": (3, 4, 3, 2.5), "second time this week": (3, 3.5,
    3, 2.5),
    "asap": (3, 4, 3.5, 2.5), "we have a workaround": (0.5, 0.9, 5, 5), "still usable": (0.4, 0.7, 5, 6),
    "off and on": (0.8, 1.2, 3.5, 3), "when you have time": (0.3, 0.5, 3, 6), "no rush": (0.3, 0.5, 3, 6),
    "only looks bad": (0.3, 0.4, 2, 6),
}  # fmt: skip
_DANGER_WORDS: Final[Mapping[str, Sequence[str]]] = {
    "gas_leak": ("smell of gas", "gas leak suspected", "strong smell like gas"),
    "smoke_fire": ("smoke coming out", "burning smell", "saw flames"),
    "electrical": ("it is sparking", "exposed wire", "someone got a shock"),
    "trip": ("slip hazard", "customer slipped", "trip hazard at the door"),
    "entrapment": ("person stuck inside", "someone trapped in the elevator", "associate trapped"),
    "flood": ("water everywhere", "area is flooded", "pipe burst"),
    "sewage": ("sewage on the floor", "toilet overflowing", "sewer smell"),
    "chemical": ("refrigerant leak", "chemical smell", "acid spilled"),
    "egress_blocked": ("exit door is blocked", "fire exit is locked", "emergency exit blocked"),
    "fire_system_impaired": ("fire panel is offline", "sprinkler is down", "fire alarm out of service"),
}
_DENIALS: Final = ("no smoke", "no smell of gas", "no smoke or fire", "no injuries", "not sparking", "no sewage")
_OPENERS: Final = ("", "", "", "hi team, ", "hello ", "urgent: ", "fyi ", "mgr reports ", "re: ")
_CLOSERS: Final = ("", "", "", " thanks", " thx", " call store", " pls advise", " see photo")
DANGER_SAID: Final = (0.07, 0.02, 0.003, 0.001)
"""Chance that a danger nobody ticked is written down all the same, by severity."""


def _problem_probabilities() -> tuple[tuple[str, ...], Floats]:
    phrases = tuple(dict.fromkeys([*_ANYWHERE, *(phrase for own in _OWN.values() for phrase in own)]))
    everywhere = np.array([phrase in _ANYWHERE for phrase in phrases], dtype=np.float64)
    own = np.array([[phrase in _OWN[cause] for phrase in phrases] for cause in CAUSES], dtype=np.float64)
    strange = 1.0 - everywhere
    own_share = 1.0 - _ANYWHERE_SHARE - _ELSEWHERE_SHARE
    probabilities = own_share * own / own.sum(axis=1, keepdims=True)
    return (
        phrases,
        probabilities + _ANYWHERE_SHARE * everywhere / everywhere.sum() + _ELSEWHERE_SHARE * strange / strange.sum(),
    )


PROBLEMS, PROBLEM_GIVEN_CAUSE = _problem_probabilities()
GRAVITIES: Final = tuple(_GRAVITY)
GRAVITY_GIVEN_SEVERITY: Final[Floats] = np.array(list(_GRAVITY.values())).T


def describe(
    rng: np.random.Generator, witness: Witness, danger: Codes
) -> tuple[list[str], dict[str, NDArray[np.object_]]]:
    """Write a description per case and say which phrases were chosen.

    danger: position in DANGERS of the danger to be written down, -1 for none; its own evidence is for the caller to
    weigh.
    """
    n = len(danger)
    problem = witness.see(Choice(PROBLEM_GIVEN_CAUSE[:, None]))
    gravity = witness.see(Choice(GRAVITY_GIVEN_SEVERITY[None]))
    variant = rng.integers(3, size=n)
    denied = np.where(rng.random(n) < 0.05, rng.integers(len(_DENIALS), size=n), -1)
    opener, closer = rng.integers(len(_OPENERS), size=n), rng.integers(len(_CLOSERS), size=n)
    said = np.array(PROBLEMS, dtype=object)[problem]
    grave = np.array(GRAVITIES, dtype=object)[gravity]
    words = [_DANGER_WORDS[DANGERS[d]][v] if d >= 0 else "" for d, v in zip(danger, variant, strict=True)]
    texts = [
        _OPENERS[o] + ", ".join(part for part in (p, g, w, _DENIALS[no] if no >= 0 else "") if part) + _CLOSERS[c]
        for o, p, g, w, no, c in zip(opener, said, grave, words, denied, closer, strict=True)
    ]
    return misspell(rng, texts, 0.012), {"said_problem": said, "said_gravity": grave}
