"""The outside world for demo and tests: a mail server and an SMS and voice provider that only
record.

It imports nothing of the applications and never sends anything beyond this machine.
"""
