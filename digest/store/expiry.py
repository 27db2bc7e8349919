"""What waited too long: queued deliveries whose batch is over are excluded, whatever kept them: a hold, a pause, no worker."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from digest.models import Batch, Delivery
from digest.store import histories
from digest.store.rows import table_of
from digest.values import DeliveryState, Excluded

_DELIVERY, _BATCH = table_of(Delivery), table_of(Batch)
_AT_ONCE = 20  # some ten thousand deliveries


def expire(session: Session, now: datetime) -> bool:
    """Exclude what is queued in the next batches that expired by `now`; False once there are none."""
    over = select(Batch.id).where(col(Batch.state) == DeliveryState.QUEUED, col(Batch.expires_at) <= now)
    ids = list(session.exec(over.order_by(col(Batch.id)).limit(_AT_ONCE).with_for_update()))
    gone = session.execute(
        update(_DELIVERY)
        .where(_DELIVERY.c.batch_id.in_(ids), _DELIVERY.c.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.EXCLUDED, reason=Excluded.EXPIRED, changed_at=now)
        .returning(_DELIVERY.c.subscription_id)
    ).scalars()
    histories.forget(session, list(gone))
    session.execute(update(_BATCH).where(_BATCH.c.id.in_(ids)).values(state="done"))
    return bool(ids)
