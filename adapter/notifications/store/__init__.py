"""Rows of messages on their way out, and of what came in about events."""
