"""The 39 operations of the 2017-01-17 service, one module per subject."""
