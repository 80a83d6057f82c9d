"""The legacy operations: one function each, registered by name; no HTTP, no XML, no SQL here."""
