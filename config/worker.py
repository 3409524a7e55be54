"""The entrance of Celery's workers and of beat: `celery -A config.worker`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "engine")
django.setup()

# The application installs its bell in an outbox that needs the models loaded.
from config.celery import app  # noqa: E402

__all__ = ["app"]
