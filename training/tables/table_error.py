"""What is wrong with a table a person sent."""


class TableError(ValueError):
    """A table cannot be used.

    Attributes:
        problems: one sentence each, "file: column, row: value: what is wrong and what would be right".
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))
