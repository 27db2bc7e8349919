"""The command line: arguments go in, the pipeline does the work, plain sentences and exit codes come out."""

from digest.cli.app import app, main

__all__ = ["app", "main"]
