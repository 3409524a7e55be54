"""The short human reference of a referral, such as R-7K2QM: no vowels, no look-alikes. Pure."""

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
_LENGTH = 5
_SPACE = len(ALPHABET) ** _LENGTH
# Coprime to the space, so different numbers give different references that do not look counted.
_STRIDE = 8_675_309


def reference(number: int) -> str:
    """Return the reference of the referral with this number; no two numbers share one."""
    lap, place = divmod(number, _SPACE)
    rest = place * _STRIDE % _SPACE
    letters = ""
    for _ in range(_LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        letters = ALPHABET[digit] + letters
    return "R-" + (ALPHABET[lap] if lap else "") + letters
