"""The lock on a house: held by its supervisor for as long as that lives, however it ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType


class HouseTaken(RuntimeError):
    """Another process holds the lock."""

    def __init__(self, path: Path, pid: str) -> None:
        super().__init__(
            f"{path.parent} is in use by process {pid or 'unknown'}. "
            f"Stop it with: kill {pid or '<pid>'}   or set VAR_DIR to another folder."
        )


class Lock:
    """A context that holds the lock; the kernel lets go of it when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def __enter__(self) -> "Lock":
        """Take the lock without waiting.

        :raises HouseTaken: if another process has it.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 20).decode().strip()
            os.close(self._file)
            raise HouseTaken(self._path, holder) from None
        os.truncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
