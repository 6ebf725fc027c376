"""The simulated retailer of maintenance requests."""
