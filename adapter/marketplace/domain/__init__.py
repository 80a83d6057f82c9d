"""The rules that the operations, the timers and the worker pages share."""
