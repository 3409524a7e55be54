"""The watchdog: asks whether anything is wrong that must never be, and tells the operator.

A process apart. It knows no models, no Celery and no broker, reads with a role of its own and has
its own ways to be heard, so that it alarms also when everything else stands still.
"""
