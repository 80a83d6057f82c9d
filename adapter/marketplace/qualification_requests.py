"""Qualification operations."""
