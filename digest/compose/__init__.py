"""Articles → an edition's choice: pure and deterministic; facts and settings go in, places and reasons come out."""

from digest.compose.choice import choose, choose_from
from digest.compose.outcome import Outcome
from digest.compose.pool import Pool
from digest.compose.reasons import why
from digest.compose.sections import ArticleFacts, candidates, wanted

__all__ = ["ArticleFacts", "Outcome", "Pool", "candidates", "choose", "choose_from", "wanted", "why"]
