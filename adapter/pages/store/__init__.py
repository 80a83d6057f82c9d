"""Rows of the pages: who may sign in, and who is signed in."""
