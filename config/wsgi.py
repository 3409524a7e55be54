"""The web server's entrance."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "app")
application = get_wsgi_application()

# Both need the settings that the lines above load.
from config import celery, start  # noqa: E402

__all__ = ["application", "celery"]

start.refuse_unsafe_role()
