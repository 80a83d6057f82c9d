"""Rows that several parts share: accounts, balances, the outbox."""
