"""Checks of a policy before it is used: lint, examples, differences."""
