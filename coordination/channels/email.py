"""E-mail by SMTP."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from coordination.channels.base import Receipt, Result
from coordination.messages import Message

_PERMANENT = 500


class EmailChannel:
    """Sends to the SMTP server of the settings. The key becomes the Message-ID."""

    def send(self, *, key: str, address: str, message: Message) -> Receipt:
        """Hand the message to the SMTP server; see :class:`coordination.channels.base.Channel`."""
        message_id = f"<{key}@tandem>"
        mail = EmailMessage(
            message.subject,
            message.body,
            settings.DEFAULT_FROM_EMAIL,
            [address],
            headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
        )
        try:
            mail.send()
        except OSError as error:  # All that smtplib raises is one.
            return _failed(error)
        except ValueError:  # An address that no mail can be written to, such as one with a newline.
            return Receipt(Result.REFUSED, code="bad_address")
        return Receipt(Result.SENT, provider_message_id=message_id)


def _failed(error: OSError) -> Receipt:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = max(status for status, _ in error.recipients.values())
            return Receipt(_judge(code), code=f"smtp_{code}")
        case smtplib.SMTPDataError():
            return Receipt(_judge(error.smtp_code), code=f"smtp_{error.smtp_code}")
        case smtplib.SMTPResponseException():
            # Refused before the message was looked at: our own account or sender is at fault.
            return Receipt(Result.RETRY, code=f"smtp_{error.smtp_code}")
        case TimeoutError():
            return Receipt(Result.RETRY, code="timeout")
    return Receipt(Result.RETRY, code=type(error).__name__)


def _judge(code: int) -> Result:
    return Result.REFUSED if code >= _PERMANENT else Result.RETRY
