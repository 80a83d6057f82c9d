"""Numbered, sorted pages with totals."""
