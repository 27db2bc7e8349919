"""The web pages: what readers see (subscribe, confirm, preferences, unsubscribe, archive) and the editors' desk."""

from digest.web.app import create_app

__all__ = ["create_app"]
