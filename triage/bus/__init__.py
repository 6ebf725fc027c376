"""Submissions that arrive over an event bus: read, taken through the same intake as the API's, or dead-lettered."""
