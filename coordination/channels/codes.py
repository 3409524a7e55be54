"""CODES: what a failure code means in plain words, for the desk, the API and the reference pages.

A code is short and safe to log. `sms_21211` and `voice_21211` are one number of the provider's.
"""

from collections.abc import Mapping

PROVIDER = ("sms", "voice")

# Numbers of the SMS and voice provider, and of its HTTP answers where it gave no number.
PROVIDER_CODES: Mapping[int, str] = {
    400: "The provider did not understand what was asked of it. Tell whoever runs this service.",
    401: "The provider does not know our account. Tell whoever runs this service.",
    403: "The provider does not let our account do this. Tell whoever runs this service.",
    404: "The provider does not know our account. Tell whoever runs this service.",
    429: "The provider had too many messages at once.",
    500: "The provider had a fault of its own.",
    502: "The provider could not be reached behind its own gateway.",
    503: "The provider was out of service.",
    504: "The provider did not answer its own gateway in time.",
    13224: "The number to call is not a telephone number.",
    20003: "The provider does not know our account. Tell whoever runs this service.",
    20404: "The provider does not know our account. Tell whoever runs this service.",
    20429: "The provider had too many messages at once.",
    20500: "The provider had a fault of its own.",
    21211: "This is not a telephone number. Correct the contact.",
    21217: "This is not a telephone number. Correct the contact.",
    21408: "Our account may not send to this country. Tell whoever runs this service.",
    21602: "The message was empty.",
    21610: "This person answered STOP, so the provider sends them nothing more. Telephone them.",
    21614: "This number takes no SMS; it may be a landline. Correct the contact.",
    30003: "The phone is off or out of reach.",
    30004: "The phone blocks our messages.",
    30005: "There is no such number any more. Correct the contact.",
    30006: "This number takes no SMS; it may be a landline. Correct the contact.",
    30007: "The telephone company held the message for spam. Tell whoever runs this service.",
    30008: "The telephone company lost the message and gave no reason.",
}

CODES: Mapping[str, str] = {
    "busy": "The line was busy.",
    "no_answer": "Nobody picked up.",
    "failed": "The call or message could not be put through.",
    "undelivered": "The message did not reach the phone.",
    "canceled": "The call was stopped before anybody picked up.",
    "no_sid": "The provider's answer made no sense, so nobody knows whether it took the message.",
    "timeout": "The far end did not answer in time.",
    "bad_address": "This is not an e-mail address. Correct the contact.",
    "smtp_421": "The mail server was closing down.",
    "smtp_450": "The mailbox was in use.",
    "smtp_451": "The mail server had a fault, or too many messages at once.",
    "smtp_452": "The mailbox or the mail server was full.",
    "smtp_530": "The mail server wants us to sign in. Tell whoever runs this service.",
    "smtp_535": "The mail server does not take our password. Tell whoever runs this service.",
    "smtp_550": "There is no such mailbox. Correct the contact.",
    "smtp_552": "The mailbox is full.",
    "smtp_553": "The mail server does not take this address. Correct the contact.",
    "smtp_554": "The mail server refused the message.",
    "call_no_answer": "Nobody answered the call.",
    "call_wrong_number": "It was the wrong number. Correct the contact.",
    "call_refused": "The operator could not help.",
    "webhook_bad_url": "This is not the address of a webhook. Correct the contact.",
    "webhook_forbidden_address": "The practice's system is inside a network, where we send "
    "nothing. Correct the contact.",
    "webhook_name_unknown": "The name of the practice's system is not known at present.",
    "webhook_unreachable": "The practice's system could not be reached.",
    "webhook_tls": "The practice's system could not prove who it is: its certificate is wrong.",
    "webhook_no_answer": "The practice's system answered nothing that makes sense; it may have "
    "the message.",
    "webhook_401": "The practice's system wants a password. Ask them to take our signature.",
    "webhook_403": "The practice's system does not let us in. Ask them to take our signature.",
    "webhook_404": "The practice's system has nothing at this address. Ask them for the right one.",
    "webhook_410": "The practice's system said that this address is gone, so it was switched off. "
    "Ask them for the new one.",
    "webhook_429": "The practice's system had too many messages at once.",
    "webhook_500": "The practice's system had a fault of its own.",
    "webhook_503": "The practice's system was out of service.",
    "contact_retired": "The contact was taken out of use before the message went.",
    "crashed_its_worker": "Sending it stopped the program three times, so it is not tried again.",
    "address_unreadable": "The stored address cannot be read. Enter the contact again.",
    "text_unwritable": "The message could not be written. Tell whoever runs this service.",
    "ConnectError": "The provider could not be reached.",
    "ConnectionRefusedError": "The mail server could not be reached.",
    "InvalidURL": "The provider's address is not set. Tell whoever runs this service.",
    "UnsupportedProtocol": "The provider's address is not set. Tell whoever runs this service.",
    "ReadError": "The line to the provider broke, so nobody knows whether it took the message.",
    "RemoteProtocolError": "The provider hung up without an answer; it may have the message.",
    "SMTPServerDisconnected": "The mail server hung up without an answer; it may have the message.",
    "gaierror": "The name of the far end is not known. Tell whoever runs this service.",
}

_FAMILIES: Mapping[str, str] = {
    "smtp_4": "The mail server did not take the message for now.",
    "smtp_5": "The mail server refused the message for good.",
    "sms_": "The SMS provider refused the message.",
    "voice_": "The telephone provider refused the call.",
    "webhook_3": "The practice's system sent us elsewhere, and we follow nobody.",
    "webhook_": "The practice's system did not take the message.",
}


def in_words(code: str) -> str:
    """Return what a failure code means; also for one that nobody has described yet."""
    if not code:
        return ""
    if code in CODES:
        return CODES[code]
    channel, _, number = code.partition("_")
    if channel in PROVIDER and number.isdecimal() and int(number) in PROVIDER_CODES:
        return PROVIDER_CODES[int(number)]
    family = next((words for start, words in _FAMILIES.items() if code.startswith(start)), "")
    return f"{family or 'It failed for a reason we have no words for.'} (code {code})"
