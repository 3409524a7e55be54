"""Runs a program without root's rights where root started us: PostgreSQL refuses root."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# In a user namespace nothing is chowned and no account is made.
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
NOBODY = 65534


@dataclass(frozen=True)
class Rights:
    """How to start a program: a prefix for its command line, or another account."""

    prefix: tuple[str, ...] = ()
    account: int | None = None

    def give(self, *folders: Path) -> None:
        """Let the account own these folders and pass through their parents."""
        if self.account is None:
            return
        for folder in folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chown(folder, self.account, self.account)
            folder.parent.chmod(folder.parent.stat().st_mode | 0o011)


@cache
def rights() -> Rights:
    """Return the least rights that this machine lets us start a program with."""
    if os.getuid() != 0:
        return Rights()
    if shutil.which(NAMESPACE[0]):
        tried = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return Rights(prefix=NAMESPACE)
    return Rights(account=NOBODY)
