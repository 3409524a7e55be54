"""One JSON line a log record, made of allow-listed fields only.

Arguments of messages never get out: they hold paths, values and whatever a library put there.
"""

import json
import logging
import traceback
from datetime import UTC, datetime

# Ids, codes and counts that our own code passes as `extra=`.
ALLOWED = (
    "alert",
    "attempt",
    "channel",
    "code",
    "count",
    "delivery",
    "event",
    "exit",
    "obligation",
    "practice",
    "referral",
    "route",
    "seconds",
    "status",
    "task",
)


class AllowedFields(logging.Formatter):
    """Writes time, level, logger, the message without its arguments, and the allowed extras."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": str(record.msg),
        }
        for name in ALLOWED:
            value = record.__dict__.get(name)
            if isinstance(value, int | float | str):
                line[name] = value
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            # Where, never what: the text of an exception may quote a row.
            line["frames"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line)
