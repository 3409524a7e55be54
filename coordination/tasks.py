"""Celery's entrances. They carry no arguments: a bell says that there is work, never which."""

from celery import shared_task

from coordination.engine import work_until_idle

# Bells come twenty times a second; the dispatcher keeps the books at every look anyway.
BOOKS_EVERY = 0.5


@shared_task(name="coordination.drain")
def drain() -> None:
    """Do all the work that is due."""
    work_until_idle(books_every=BOOKS_EVERY)
