"""Finds a jump of the database's clock by comparing it with the machine's steady one. Pure."""

# What a busy machine and a slewed clock explain; anything less is followed silently.
JITTER = 1.0
JUMP = 30.0


class Drift:
    """Remembers how the two clocks stood to each other."""

    def __init__(self) -> None:
        self._reference: float | None = None
        self._latest = 0.0

    def measure(self, *, database: float, steady: float) -> float:
        """Return by how many seconds the database's clock has jumped; backwards is negative."""
        self._latest = database - steady
        if self._reference is None or abs(self._latest - self._reference) <= JITTER:
            self._reference = self._latest
        return self._latest - self._reference

    def accept(self) -> None:
        """Take the present difference for the right one from now on."""
        self._reference = self._latest
