"""The policy document as written."""
