"""A customer's own columns: declared once, then features and history like any payload field."""
