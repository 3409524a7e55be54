"""The bare view: what Django behind the same web server does at best. Served by the bench alone."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_ROLE", "app")
django.setup()

ONE = (200,)
# About as many bytes as the rows of one referral: patient, referral, assessment, event, answer.
FIVE = (150, 450, 4500, 350, 5500)


def insert(request: HttpRequest, sizes: tuple[int, ...]) -> HttpResponse:
    """Insert a row of each size, in one durable transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for size in sizes:
            cursor.execute("INSERT INTO bench_floor (body) VALUES (%s)", ["x" * size])
    return HttpResponse(status=201)


urlpatterns = [
    path("one", insert, {"sizes": ONE}),
    path("five", insert, {"sizes": FIVE}),
]
# The floor has no middleware, no sessions and no routes of ours.
settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
application = WSGIHandler()
