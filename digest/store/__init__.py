"""The only place that speaks SQL: one file for each aggregate, each function given the session of its caller."""

from digest.store.base import Store

__all__ = ["Store"]
