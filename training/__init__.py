"""Offline work: simulated retailers, data sets from files and from the database, fitting, evaluation, registration."""
