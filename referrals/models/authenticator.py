"""The app on a person's telephone that shows six digits (TOTP). Its seed is encrypted."""

from typing import Any

from django.db import models
from django_otp.models import Device, ThrottlingMixin

from referrals.encryption import decrypt, encrypt

# 2 ** 8 seconds, some four minutes, is the longest wait after wrong codes.
MOST_COUNTED = 9


class Authenticator(ThrottlingMixin, Device):
    """One authenticator of one account. Who proved a code with it is verified at the desk.

    ``last_step`` is the last code's place in time: no code opens twice.
    """

    throttling_failure_count: int
    encrypted_seed = models.BinaryField()
    drift = models.SmallIntegerField(default=0)
    last_step = models.BigIntegerField(default=-1)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], name="account_has_one_authenticator"),
        ]

    def __str__(self) -> str:
        return f"authenticator of {self.user_id}"

    def get_throttle_factor(self) -> int:
        """Wait 1, 2, 4 … seconds after wrong codes."""
        return 1

    def verify_is_allowed(self) -> tuple[bool, dict[str, Any] | None]:
        """Wait minutes at most: whoever guesses must not shut the person out for hours."""
        self.throttling_failure_count = min(self.throttling_failure_count, MOST_COUNTED)
        allowed: tuple[bool, dict[str, Any] | None] = super().verify_is_allowed()
        return allowed

    @property
    def seed(self) -> bytes:
        """The secret that the telephone shares."""
        return bytes.fromhex(decrypt(bytes(self.encrypted_seed), bound_to=self._place))

    @seed.setter
    def seed(self, value: bytes) -> None:
        self.encrypted_seed = encrypt(value.hex(), bound_to=self._place)

    @property
    def _place(self) -> str:
        return f"authenticator:{self.user_id}:seed"
