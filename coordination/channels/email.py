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
        except smtplib.SMTPRecipientsRefused as error:
            code = max(status for status, _ in error.recipients.values())
            return Receipt(_judge(code), code=f"smtp_{code}")
        except smtplib.SMTPResponseException as error:
            return Receipt(Result.RETRY, code=f"smtp_{error.smtp_code}")
        except TimeoutError:
            return Receipt(Result.RETRY, code="timeout")
        except (OSError, smtplib.SMTPException) as error:
            return Receipt(Result.RETRY, code=type(error).__name__)
        except ValueError:  # An address that no mail can be written to, such as one with a newline.
            return Receipt(Result.REFUSED, code="bad_address")
        return Receipt(Result.SENT, provider_message_id=message_id)


def _judge(code: int) -> Result:
    return Result.REFUSED if code >= _PERMANENT else Result.RETRY
