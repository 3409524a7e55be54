"""Sets the demo's cast up in a running house, by the house's own settings."""

import json
import subprocess
import sys

from config.demo.cast import Login
from config.demo.office import DemoFailed
from config.servers import places


def set_the_cast_up() -> list[Login]:
    """Run ``manage.py demo_cast`` and return the log-ins, in the order of the cast.

    It is a process of its own: this one read its settings before the house had any.

    :raises DemoFailed: if it fails; the message holds its own words.
    """
    command = [sys.executable, str(places.PROJECT / "manage.py"), "demo_cast", "--json"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise DemoFailed(f"The cast could not be set up:\n{made.stderr}")
    return [Login(**login) for login in json.loads(made.stdout)]
