"""Domains that are described and not programmed: payload, features and history made from a description."""
