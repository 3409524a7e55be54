"""The desk: worklists, the referral page, how people are reached. Each button calls a service."""

# Importing a room puts it on the site.
from coordination.admin import calls, on_call, reach, worklists
from referrals.admin import directory
from referrals.admin.site import site

__all__ = ["calls", "directory", "on_call", "reach", "site", "worklists"]
