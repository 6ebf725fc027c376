"""The simulated retailer of returns."""
