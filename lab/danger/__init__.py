"""The likeness to danger: the texts it is fitted on, and how."""
