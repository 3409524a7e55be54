"""Ties a child's life to its parent's, so that a killed supervisor leaves no orphans."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, with_signal: int = signal.SIGKILL) -> None:
    """Have the kernel signal this process when its parent dies (Linux only)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(with_signal))
    # The parent may have died before the line above.
    if os.getppid() != parent:
        os.kill(os.getpid(), with_signal)
