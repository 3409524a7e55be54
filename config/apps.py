"""Names the wiring as an application, for its commands and its start-up checks."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from config import checks


class WiringConfig(AppConfig):
    """Imports the other applications; none of them imports it."""

    name = "config"
    label = "wiring"

    def ready(self) -> None:
        """Register what is asked of the database before anybody is served."""
        register(checks.database_role, Tags.database)
        register(checks.database_tables, Tags.database)
