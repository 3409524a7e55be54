"""Sets the demo's cast up in a running house, by the house's own settings."""

import json
import subprocess
import sys

from config.demo.cast import Login
from config.demo.house import House
from config.demo.office import wait_for
from config.servers import places

COMMAND = [sys.executable, str(places.PROJECT / "manage.py"), "demo_cast", "--json"]


def set_the_cast_up(house: House) -> list[Login]:
    """Run ``manage.py demo_cast`` and return the log-ins, in the order of the cast.

    It is a process of its own: this one read its settings before the house had any. A house that
    is just being killed and started again is waited for.

    :raises DemoFailed: if it does not work out.
    """

    def once() -> list[Login] | None:
        made = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
        if made.returncode:
            return None
        return [Login(**login) for login in json.loads(made.stdout)]

    logins: list[Login] = wait_for(once, "the cast ('manage.py demo_cast' says why not)", house)
    return logins
