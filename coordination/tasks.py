"""Celery's entrances. They carry no arguments: a bell says that there is work, never which."""

from celery import current_task, shared_task

from coordination.duties import ALL, DUTIES
from coordination.engine import work_until_idle

# Bells come twenty times a second; the dispatcher keeps the books at every look anyway.
BOOKS_EVERY = 0.5


@shared_task(name="coordination.drain")
def drain() -> None:
    """Do all the work that is due; what the queue is not for, only when others have left it."""
    queue = (current_task.request.delivery_info or {}).get("routing_key", "")
    work_until_idle(DUTIES.get(queue, ALL), books_every=BOOKS_EVERY)
