"""The gateway's own rows."""
