"""Providers against local fakes of their services."""
