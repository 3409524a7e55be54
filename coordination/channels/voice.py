"""Telephone calls through the provider's HTTP interface: a text that is spoken, and a key."""

from xml.sax.saxutils import escape, quoteattr

from coordination.channels.base import Receipt
from coordination.channels.provider import PROVIDERS
from coordination.messages import Message

# Then nobody picks up any more, and the call counts as not answered.
RING_SECONDS = 25
_KEY_SECONDS = 8


class VoiceChannel:
    """Posts to `Calls.json` of the provider, which rings, speaks the text twice and takes a key."""

    def send(self, *, key: str, address: str, message: Message) -> Receipt:
        """Have the number called; see :class:`coordination.channels.base.Channel`."""
        provider = PROVIDERS[message.provider]
        form = {
            "To": address,
            "Twiml": call_script(message, provider.keypress_address(key)),
            "Timeout": str(RING_SECONDS),
        }
        return provider.post("Calls.json", form, key=key, prefix="voice")


def call_script(message: Message, action: str) -> str:
    """Return what the provider says on the call, and where it reports the key, as TwiML."""
    twice = f'{say(message.voice)}<Pause length="1"/>{say(message.voice)}'
    if not message.keys:
        return f"<Response>{twice}</Response>"
    gather = (
        f'<Gather numDigits="1" timeout="{_KEY_SECONDS}" method="POST" action={quoteattr(action)}>'
    )
    silence = say("No key was pressed, so nothing is recorded, and we go on calling. Goodbye.")
    return f"<Response>{gather}{twice}</Gather>{silence}</Response>"


def say(words: str) -> str:
    """Return one sentence for the provider to speak."""
    return f'<Say language="en-US">{escape(words)}</Say>'
