"""Names a person may have meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, lead: str = "") -> str:
    """Suggest the known name nearest to one that is not known, or list some; `lead` goes before the suggestion."""
    names = list(known)
    folded = {_fold(candidate): candidate for candidate in names}
    close = difflib.get_close_matches(_fold(name), folded, n=1, cutoff=0.6)
    if close:
        return f'{lead}did you mean "{folded[close[0]]}"?'
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"{lead}there are {shown}" if names else ""


def _fold(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")
