"""PolicyError: the document cannot be used; says where and how to mend it."""


class PolicyError(ValueError):
    """A policy document is wrong at a line.

    Attributes:
        problems: one sentence each, "file:line: key: what is wrong and what would be right".
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))
