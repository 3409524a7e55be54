"""Names the application that holds what happens because of a referral."""

from django.apps import AppConfig


class CoordinationConfig(AppConfig):
    """Routing, telling, escalating and acknowledging."""

    name = "coordination"
    default_auto_field = "django.db.models.BigAutoField"
