"""The page of the environment variables: the names come from the source, the words stand here."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.reference import sources
from config.reference.markdown import page, section, table
from config.servers.addresses import DATABASE_VARIABLES


@dataclass(frozen=True)
class Variable:
    """What a variable is for and what holds without it."""

    meaning: str
    default: str = "none"


_LOGIN = "`postgresql://user:password@host:5432/name` of the role `{role}`. Set all four or none."

VARIABLES: Mapping[str, Variable] = {
    "ALLOWED_HOSTS": Variable(
        "Host names the web server answers to, separated by commas.",
        "the host of PUBLIC_URL, and this machine",
    ),
    "BEHIND_TLS_PROXY": Variable(
        "`1` if a proxy in front ends TLS. It sets `X-Forwarded-Proto` and adds the visitor's "
        "address at the end of `X-Forwarded-For`; by that address wrong passwords and links are "
        "counted.",
        "off: both headers are ignored",
    ),
    "CELERY_BROKER_URL": Variable("The broker, as Celery spells it.", "as REDIS_URL"),
    "DATABASE_POOL_SIZE": Variable(
        "Most database connections a process holds.",
        "10; under `manage.py up` one a thread of the web server, and 1 for the dispatcher",
    ),
    "DATABASE_ROLE": Variable(
        "`app`, `engine`, `owner` or `watch`. `manage.py` and the supervisor choose it; leave it "
        "alone.",
        "by command",
    ),
    "DEBUG": Variable("`1` shows Django's debug pages. Never where patients are.", "off"),
    "EMAIL_FROM": Variable("The sender of e-mails.", "tandem@localhost"),
    "FIELD_KEYS": Variable(
        "`id:key,id:key`, each key 32 bytes in URL-safe base64. The first encrypts telephone "
        "numbers and addresses, all decrypt.",
        "made once in var/secrets.json; required with external database servers",
    ),
    "HOST": Variable("The address the web server listens on.", "127.0.0.1"),
    "LADDER_COMPRESSION": Variable(
        "Divides every wait of a ladder, for drills. Stored with each alert and shown. "
        "A clinic leaves it at 1.",
        "1",
    ),
    "LOG_LEVEL": Variable("The least level that is logged.", "INFO"),
    "PORT": Variable("The port of the web server.", "8000, or the next free one"),
    "PUBLIC_URL": Variable(
        "The address people reach this service at. Links in messages begin with it, and the "
        "provider calls back there. Up to 72 letters an SMS stays one segment; the shorter it is, "
        "the more of the message fits. `https://` switches on secure cookies, HSTS and the "
        "redirect.",
        "where the web server listens",
    ),
    "REDIS_URL": Variable(
        "A Redis or Valkey of your own. It carries bells only; losing it loses nothing.",
        "a private Valkey",
    ),
    "SECRET_KEY": Variable(
        "Signs cookies and makes the links in messages. Change it only while no alert is open.",
        "made once in var/secrets.json; required with external database servers",
    ),
    "SECRET_KEY_FALLBACKS": Variable(
        "Older keys, separated by commas, that still check cookies. Links do not use them."
    ),
    "SMS_ACCOUNT_SID": Variable("The account at the provider that sends SMS and places calls."),
    "SMS_AUTH_TOKEN": Variable(
        "The secret of that account. What the provider calls back is signed with it; without it "
        "every callback is refused."
    ),
    "SMS_FROM": Variable("The number that SMS and calls come from."),
    "SMS_PROVIDER_URL": Variable(
        "A provider of SMS and calls that speaks Twilio's HTTP interface."
    ),
    "SMS_SECOND_ACCOUNT_SID": Variable("The account at the second provider."),
    "SMS_SECOND_AUTH_TOKEN": Variable(
        "The secret of that account. It signs what the second provider calls back, and nothing "
        "else."
    ),
    "SMS_SECOND_FROM": Variable("The number that SMS and calls by the second provider come from."),
    "SMS_SECOND_PROVIDER_URL": Variable(
        "A second provider, another company's, with the same interface. Each try that fails at one "
        "is followed by a try at the other.",
        "none: everything waits for the one",
    ),
    "SMTP_PASSWORD": Variable("The password, if it is not in SMTP_URL."),
    "SMTP_URL": Variable(
        "`smtp://`, `smtps://` (port 465) or `smtp+tls://` (STARTTLS, port 587), "
        "`user:password@host:port`."
    ),
    "STATIC_ROOT": Variable("Where collected static files lie.", "var/static"),
    "TANDEM_CHILD": Variable(
        "The name under which a process says that it works; set by the supervisor and by compose."
    ),
    "VAR_DIR": Variable("Where everything of this house lies: data, logs, secrets.", "./var"),
    "WATCHDOG_BACKUP": Variable(
        "The files of your backups, such as `/backup/*.dump`. The watchdog alarms when the newest "
        "is too old.",
        "the age is not watched",
    ),
    "WATCHDOG_BACKUP_HOURS": Variable("How many hours old the newest backup may be.", "26"),
    "WATCHDOG_CALM_SECONDS": Variable(
        "For how many seconds an alarm must be well before “all clear” is said; what comes back "
        "before is the same alarm.",
        "60",
    ),
    "WATCHDOG_DEADMAN_URL": Variable(
        "Called after each round of the watchdog in which nothing was wrong. Somebody outside "
        "alarms when the calls stop.",
        "nobody notices when this machine is gone",
    ),
    "WATCHDOG_DISKS": Variable(
        "Folders whose disks are watched, separated by commas.", "this house's folder"
    ),
    "WATCHDOG_EMAIL_FROM": Variable("The sender of alarms.", "tandem-watchdog@localhost"),
    "WATCHDOG_EMAIL_TO": Variable("Who gets alarms by e-mail, separated by commas."),
    "WATCHDOG_EVERY": Variable("Seconds from one look of the watchdog to the next.", "10"),
    "WATCHDOG_LOOPS": Variable(
        "Which processes must work here: `dispatch`, `worker-urgent`, `worker-default`.",
        "all three",
    ),
    "WATCHDOG_PROBE_KEYS": Variable(
        "The two API keys that `manage.py probe_cast` prints. With them the watchdog sends a "
        "synthetic emergency all the way.",
        "the whole way is not tried",
    ),
    "WATCHDOG_PROBE_MINUTES": Variable("Minutes from one synthetic emergency to the next.", "15"),
    "WATCHDOG_PROBE_SECONDS": Variable("Seconds until its first message must be sent.", "10"),
    "WATCHDOG_REPLICA_URL": Variable(
        "The replica of PostgreSQL, with the login of the role `watch`. The watchdog alarms when "
        "it is more than a minute behind.",
        "no replica is watched",
    ),
    "WATCHDOG_SMS_ACCOUNT_SID": Variable("The account at the provider of the alarms by SMS."),
    "WATCHDOG_SMS_AUTH_TOKEN": Variable("The secret of that account."),
    "WATCHDOG_SMS_FROM": Variable("The number that alarms come from."),
    "WATCHDOG_SMS_PROVIDER_URL": Variable(
        "A provider of SMS for alarms, in Twilio's HTTP interface."
    ),
    "WATCHDOG_SMS_TO": Variable("Who gets alarms by SMS, separated by commas."),
    "WATCHDOG_SMTP_URL": Variable(
        "The mail server of the alarms, written as SMTP_URL; better another one than that."
    ),
    "WATCHDOG_START_SECONDS": Variable(
        "How long the house may take to start before what does not work yet is an alarm.", "60"
    ),
    "WATCHDOG_WEBHOOK_URL": Variable("Where alarms are posted as JSON."),
    "WATCHDOG_WEB_URL": Variable(
        "Where the watchdog asks the web server for `/healthz`.", "where it listens"
    ),
    "WEBHOOK_FORBIDDEN_NETWORKS": Variable(
        "Public networks of your own that no webhook may reach, such as `203.0.113.0/24`, "
        "separated by commas. Private ones never are reached."
    ),
    "WEBHOOK_MAY_USE_LOOPBACK": Variable(
        "`1` lets webhooks go to `http://127.0.0.1:port`, for tests and the sandbox.",
        "off; `manage.py up --sandbox` switches it on",
    ),
    "WEBHOOK_PORTS": Variable("Ports that webhooks may use, separated by commas.", "443"),
    "WEB_THREADS": Variable("Threads of each web worker.", "4"),
    "WEB_WORKERS": Variable("Processes of the web server.", "2"),
}


def render(names: Mapping[str, str] | None = None) -> str:
    """Return the page.

    :param names: variable to the module that reads it; what the source says by default.
    """
    found = sources.variables() if names is None else names
    logins = [
        (f"`{name}`", _LOGIN.format(role=role), "a private PostgreSQL")
        for role, name in DATABASE_VARIABLES.items()
    ]
    rows = [_row(name) for name in found if name not in DATABASE_VARIABLES.values()]
    return page(
        "Environment variables",
        "`config/settings.py` and the modules of `config` that read the environment",
        "With none of them set, `manage.py up` runs private servers with secrets of its own. "
        "`NAME_FILE` may name a file that holds the value of a secret, for what "
        "`config/settings.py` reads.",
        section("Database", table(("variable", "meaning", "without it"), logins)),
        section("The rest", table(("variable", "meaning", "without it"), rows)),
    )


def _row(name: str) -> tuple[str, ...]:
    known = VARIABLES.get(name, Variable("Not described yet."))
    return f"`{name}`", known.meaning, known.default
