"""How much the fault tests do: little with each push, all of it by `make faults`."""

import os

# How often a fault is injected that takes a moment.
TIMES = int(os.environ.get("TIMES") or 10)
