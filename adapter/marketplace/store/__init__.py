"""The marketplace's own rows."""
