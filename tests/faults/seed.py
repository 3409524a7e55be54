"""Sets the cast up in a running house, as the owner of its database, and prints the keys."""

import json

import django


def main() -> None:
    """Run in a process of its own, whose settings are the house's."""
    django.setup()
    from tests.cast import make_cast  # noqa: PLC0415  (models need the settings)

    cast = make_cast()
    print(json.dumps({"pain": cast.pain.key, "spine": cast.spine.key}))


if __name__ == "__main__":
    main()
