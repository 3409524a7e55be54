"""The private servers and the supervisor that `manage.py up` runs.

Nothing in this package may import Django models or Celery: settings read from here.
"""
