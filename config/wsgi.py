"""The web server's entrance."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "app")
application = get_wsgi_application()

# These need the settings and the models that the lines above load.
from config import start  # noqa: E402
from config.celery import bell  # noqa: E402
from config.servers import lifeline  # noqa: E402
from config.servers.child import MARK  # noqa: E402
from referrals import outbox  # noqa: E402

start.refuse_unsafe_role()
outbox.set_ringer(bell.pull)
# The web server's own parent notices a dead worker, but not the other way round.
if MARK in os.environ:
    lifeline.die_with_parent(os.getppid())
