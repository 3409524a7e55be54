"""The entrance of beat: `python -m config.beat`. It rings in steady time, and knows no models."""

import logging.config
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "engine")

# Both need the name of the settings.
from django.conf import settings

from config.celery import app

if __name__ == "__main__":
    logging.config.dictConfig(settings.LOGGING)
    app.Beat(quiet=True).run()
