"""Whole mornings within one process, on both databases."""
