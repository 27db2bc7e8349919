"""newsroom-digest: the email newsletter and daily-digest dispatcher for newsrooms."""

__version__ = "0.1.0"
