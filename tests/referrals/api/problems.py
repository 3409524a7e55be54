"""What every refusal must look like, and the count of all rows, for tests of bad input."""

import json

from django.apps import apps
from django.db import connection

ALWAYS = {"type", "title", "status", "detail", "instance", "trace_id"}


def problem_of(response, status):
    """Check the shape of a refusal and return it."""
    shown = (response.status_code, response.content[:600])
    assert response.status_code == status, shown
    assert response["Content-Type"] == "application/problem+json", shown
    body = json.loads(response.content)
    assert set(body) >= ALWAYS, shown
    assert body["status"] == status
    assert body["instance"] == response.wsgi_request.path
    assert body["trace_id"] == response["X-Request-Id"]
    if status == 400:
        assert body["errors"], shown
        for error in body["errors"]:
            place = set(error) - {"code", "detail"}
            assert len(place) == 1, shown
            assert place < {"pointer", "header", "parameter"}, shown
            assert error["code"]
            assert error["detail"]
    return body


def pointers(body):
    """Return the pointers a refusal names."""
    return [error["pointer"] for error in body["errors"]]


def rows_of_all_tables():
    """Count the rows of every table of ours, as the owner in maintenance."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ("referrals", "coordination")
    ]
    assert len(tables) >= 20
    union = " UNION ALL ".join(f"SELECT '{t}', count(*) FROM {t}" for t in tables)
    with connection.cursor() as cursor:
        cursor.execute(union)
        return dict(cursor.fetchall())
