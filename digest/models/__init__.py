"""The tables. Plain columns, no relationships: what belongs together is joined in `store`, and the schema keeps the promises."""

from digest.models.articles import (
    Article,
    ArticleAlias,
    ArticleCategory,
    ArticleSketch,
    ArticleText,
    Click,
    NearDuplicate,
    Tombstone,
)
from digest.models.desk import DeskSession, Heartbeat, SignInLink, User
from digest.models.editions import (
    Block,
    Edition,
    History,
    LeftOut,
    NewsletterState,
    Pick,
    Pin,
    ReaderGroup,
    Rendering,
    RenderingPick,
    Wave,
)
from digest.models.ledger import Batch, Delivery, Notice
from digest.models.pacing import Lane, Rate, Receiver
from digest.models.people import Consent, Subscriber, Subscription, Suppression
from digest.models.sources import Alarm, PushSeen, SourceCategory, SourceState, WebSub

__all__ = [
    "Alarm",
    "Article",
    "ArticleAlias",
    "ArticleCategory",
    "ArticleSketch",
    "ArticleText",
    "Batch",
    "Block",
    "Click",
    "Consent",
    "Delivery",
    "DeskSession",
    "Edition",
    "Heartbeat",
    "History",
    "Lane",
    "LeftOut",
    "NearDuplicate",
    "NewsletterState",
    "Notice",
    "Pick",
    "Pin",
    "PushSeen",
    "Rate",
    "ReaderGroup",
    "Receiver",
    "Rendering",
    "RenderingPick",
    "SignInLink",
    "SourceCategory",
    "SourceState",
    "Subscriber",
    "Subscription",
    "Suppression",
    "Tombstone",
    "User",
    "Wave",
    "WebSub",
]
