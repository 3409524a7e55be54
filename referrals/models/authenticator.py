"""The app on a person's telephone that shows six digits (TOTP). Its seed is encrypted."""

from django.db import models
from django_otp.models import Device, ThrottlingMixin

from referrals.encryption import decrypt, encrypt


class Authenticator(ThrottlingMixin, Device):
    """One authenticator of one account. Who proved a code with it is verified at the desk.

    ``last_step`` is the last code's place in time: no code opens twice.
    """

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
