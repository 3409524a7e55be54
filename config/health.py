"""Says whether this process lives, and whether it can do its work. No patient facts."""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

BROKER_TIMEOUT = 1.0


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process serves at all."""
    return JsonResponse({"status": "live"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 503 without the database, and name a missing broker.

    Without the broker everything is still sent, a second later: that is degraded, not down.
    """
    database, broker = _database_answers(), _broker_answers()
    status = "unavailable" if not database else "ready" if broker else "degraded"
    return JsonResponse(
        {
            "status": status,
            "database": "ok" if database else "unreachable",
            "broker": "ok" if broker else "unreachable",
        },
        status=200 if database else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _broker_answers() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=BROKER_TIMEOUT,
        socket_connect_timeout=BROKER_TIMEOUT,
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
