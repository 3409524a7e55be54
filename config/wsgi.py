"""The web server's entrance."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "app")
application = get_wsgi_application()

# Both need the settings that the lines above load; the bell is installed by being imported.
from config import celery, start  # noqa: E402
from config.servers import lifeline  # noqa: E402
from config.servers.child import MARK  # noqa: E402

__all__ = ["application", "celery"]

start.refuse_unsafe_role()
# The web server's own parent notices a dead worker, but not the other way round.
if MARK in os.environ:
    lifeline.die_with_parent(os.getppid())
