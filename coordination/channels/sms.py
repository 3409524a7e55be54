"""SMS through the provider's HTTP interface."""

from coordination.channels.base import Receipt
from coordination.channels.provider import PROVIDERS
from coordination.messages import Message


class SmsChannel:
    """Posts to `Messages.json` of the provider, which reports later what became of it."""

    def send(self, *, key: str, address: str, message: Message) -> Receipt:
        """Hand the text to the provider; see :class:`coordination.channels.base.Channel`."""
        form = {"To": address, "Body": message.sms}
        return PROVIDERS[message.provider].post("Messages.json", form, key=key, prefix="sms")
