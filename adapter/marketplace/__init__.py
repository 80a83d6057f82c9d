"""The 2017-01-17 service that the gateway carries: its rules, its operations, its documents, its rows."""
