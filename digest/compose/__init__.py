"""Articles → an edition's choice: pure and deterministic; facts and settings go in, places and reasons come out."""

from digest.compose.choice import choose
from digest.compose.reasons import why
from digest.compose.sections import ArticleFacts, candidates, wanted

__all__ = ["ArticleFacts", "candidates", "choose", "wanted", "why"]
