"""The domains: payload and features of each, under one folder name."""
