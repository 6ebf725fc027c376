"""The simulated retailer of replenishment risk."""
