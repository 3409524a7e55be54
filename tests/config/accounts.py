"""Takes root away from a process, for tests of what an ordinary user can do."""

import os
import subprocess
import sys
from pathlib import Path

from config.servers.unprivileged import NAMESPACE, NOBODY

SETPRIV = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")


def ordinary(*folders: Path) -> tuple[str, ...]:
    """Return words that run a command without root, as the owner of these folders.

    Another account if it may read this Python, else a user namespace.
    """
    if os.getuid() != 0:
        return ()
    question = [*SETPRIV, sys.executable, "-c", "import sys, django; print(sys.version, end='')"]
    tried = subprocess.run(question, capture_output=True, text=True, check=False)
    if tried.stdout != sys.version:
        return NAMESPACE
    for folder in folders:
        os.chown(folder, NOBODY, NOBODY)
    return SETPRIV
