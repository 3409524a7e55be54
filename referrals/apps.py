"""Names the application that holds what a referral is."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """The record, its rules, its life and its history."""

    name = "referrals"
    default_auto_field = "django.db.models.BigAutoField"
