"""Returns: payload and features."""
