"""Celery's entrances. They carry no arguments: a bell says that there is work, never which."""

from celery import shared_task

from coordination.engine import work_until_idle


@shared_task(name="coordination.drain")
def drain() -> None:
    """Do all the work that is due."""
    work_until_idle()
