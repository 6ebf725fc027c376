"""Customers' tables and stored cases to data sets."""
