"""The simulated retailer of invoice discrepancies."""
