"""One line of migrations in each application, in step with the models."""

import io

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader


@pytest.mark.parametrize("app", ["referrals", "coordination"])
def test_migrations_are_one_line(app: str) -> None:
    loader = MigrationLoader(None)
    ours = {key: migration for key, migration in loader.disk_migrations.items() if key[0] == app}
    parents = [
        parent
        for migration in ours.values()
        for parent in migration.dependencies
        if parent[0] == app
    ]
    assert len(parents) == len(set(parents)), "two migrations follow the same one"
    assert len(ours) - len(parents) == (1 if ours else 0), "more than one beginning"


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert "No changes detected" in said.getvalue()
