"""Says whether this process lives, whether it can work, and whether people are rung."""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from coordination.alarms import WATCHDOG, WATCHDOG_SILENT_AFTER
from coordination.models import Heartbeat
from referrals.clock import NOW

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


@require_safe
def escalation(request: HttpRequest) -> JsonResponse:
    """Answer 503 if a process that rings does not work, or what is due does not go out.

    ``codes`` are those of the watchdog's alarms; ``watchdog-silent`` says that it does not look.
    """
    try:
        ages = Heartbeat.objects.ages(NOW)
        overdue = _overdue_pages()
    except Error:
        return JsonResponse({"status": "failing", "codes": ["database-gone"]}, status=503)
    stale = [name for name, limit in settings.LOOPS.items() if _is_older(ages.get(name), limit)]
    wrong = {
        "loop-stale": bool(stale),
        "ladder-overdue": overdue > 0,
        "watchdog-silent": _is_older(ages.get(WATCHDOG), WATCHDOG_SILENT_AFTER),
    }
    codes = [code for code, is_wrong in wrong.items() if is_wrong]
    said = {"status": "failing" if codes else "ringing", "codes": codes, "stale": stale}
    return JsonResponse(said | {"overdue": overdue}, status=503 if codes else 200)


def _is_older(age: timedelta | None, seconds: float) -> bool:
    return age is None or age.total_seconds() > seconds


def _overdue_pages() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tandem_overdue_pages()")
        return int(cursor.fetchone()[0])


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
