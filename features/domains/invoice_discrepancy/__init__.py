"""Invoice discrepancies: payload and features."""
