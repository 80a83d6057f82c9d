"""The commands of `adapter`: each module lists its own in COMMANDS, and is found by being here."""
