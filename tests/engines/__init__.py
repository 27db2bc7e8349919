"""Engines on real databases, with real processes where one has to die."""
