"""Which passwords are good enough: long, not guessed early, not made of the name."""

from typing import Final

from triage.errors import FieldProblem, InvalidError

MIN_PASSWORD: Final = 12
MAX_PASSWORD: Final = 256
_LOOKED_AT: Final = 72
"""Characters of a password that are tried against words and patterns; more take long and add nothing."""
_MIN_SCORE: Final = 3
"""Of zxcvbn: more than 10⁸ guesses by who knows the common passwords, names, words, dates and keyboards."""


def require_strong(name: str, password: str) -> None:
    """Raise InvalidError, without showing it, for a password that is short, common, or made of the name.

    Source of the words: zxcvbn's lists of common passwords, names and English words.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise _weak(f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if not password.isprintable():
        raise _weak("must have no control characters")
    if name.casefold() in password.casefold() and len(password) < len(name) + MIN_PASSWORD:
        raise _weak("must not be made of the name")
    from zxcvbn import zxcvbn  # its word lists take longer to load than most commands

    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[name, "triage"])
    if found["score"] < _MIN_SCORE:
        why = found["feedback"]["warning"].rstrip(".") or "it is one of the first that would be guessed"
        raise _weak(f"is too easy to guess ({why}); take several unrelated words")


def _weak(message: str) -> InvalidError:
    problem = FieldProblem(field="password", value="(hidden)", message=message)
    return InvalidError(f"password: {message}.", problems=[problem])
