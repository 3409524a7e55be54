"""Sets the cast up in a running house, as the owner of its database, and prints the keys."""

import json

import django

# It is run as a process of its own, whose settings are the house's.
django.setup()

from tests.cast import make_cast  # noqa: E402


def main() -> None:
    """Print the keys as JSON."""
    cast = make_cast()
    print(json.dumps({"pain": cast.pain.key, "spine": cast.spine.key}))


if __name__ == "__main__":
    main()
