"""The worker pages, on which people find, do and submit HITs."""
