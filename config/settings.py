"""All settings, driven by the environment. Production fails loudly rather than guess a secret.

With no variables at all they describe the private servers that `manage.py up` runs.
"""

from ipaddress import ip_network
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import desk
from config.environment import Environment, field_keys
from config.servers import addresses, keys, places, state
from coordination import alarms

ENV = Environment()
PLACES = places.of(ENV)
BASE_DIR = places.PROJECT
_kept = keys.read(PLACES.secrets)
_addresses = addresses.of(ENV, PLACES, _kept)
# What the supervisor of this house chose (ports, the sandbox); the environment wins.
_house = state.read(PLACES.state).settings

DEBUG = ENV.flag("DEBUG")


def _secret(name: str) -> str:
    given = ENV.get(name, "")
    if given or DEBUG or _addresses.private_postgres:
        return given or _kept[name]
    raise ImproperlyConfigured(
        f"{name} is missing. External database servers are set and DEBUG is off: production "
        f"needs its own {name} (or {name}_FILE), kept outside the checkout."
    )


def _address(name: str) -> str:
    return ENV.get(name) or _house.get(name, "")


SECRET_KEY = _secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = ENV.words("SECRET_KEY_FALLBACKS")
FIELD_KEYS = field_keys(_secret("FIELD_KEYS"))

# --- Web -----------------------------------------------------------------------------------
PUBLIC_URL = (_address("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
_https = _public.scheme == "https"
ALLOWED_HOSTS = ENV.words("ALLOWED_HOSTS") or [
    _public.hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
# Large enough that a 1 MB text is refused by name of its field, and not by size alone.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

DATABASE_ROLE = ENV.get("DATABASE_ROLE", "app")
_has_desk = DATABASE_ROLE != "engine"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "referrals",
    "coordination",
    "config.apps.WiringConfig",
    # Last, so that our templates come before those of the same name in there.
    *(desk.APPS if _has_desk else []),
]

MIDDLEWARE = [
    "config.request_id.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "config.headers.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    *desk.SIGN_IN,
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    *desk.GATE,
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                *(["coordination.admin.alarms.alarms"] if _has_desk else []),
            ],
        },
    },
]

STATIC_URL = "/static/"
STATIC_ROOT = ENV.get("STATIC_ROOT") or str(PLACES.static)
# Serves straight from the packages where nobody has run collectstatic.
WHITENOISE_USE_FINDERS = True

# --- Security ------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
DESK_PATH, DESK_CONTENT_SECURITY_POLICY = desk.PATH, desk.CONTENT_SECURITY_POLICY
SECURE_CONTENT_TYPE_NOSNIFF = True
# Acknowledgement links carry a token in their path: no page may hand it on.
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz(/escalation)?$", r"^readyz$"]
BEHIND_TLS_PROXY = ENV.flag("BEHIND_TLS_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# The browser itself refuses a cookie of this name that is not ours alone.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (
    ("__Host-sessionid", "__Host-csrftoken") if _https else ("sessionid", "csrftoken")
)
# The desk shortens it to 15 minutes without a request.
SESSION_COOKIE_AGE = 12 * 60 * 60
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
AUTHENTICATION_BACKENDS = desk.AUTHENTICATION_BACKENDS
globals().update(desk.AXES)
UNFOLD = desk.UNFOLD
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Database ------------------------------------------------------------------------------
if DATABASE_ROLE not in _addresses.databases:
    raise ImproperlyConfigured("DATABASE_ROLE must be app, engine, owner or watch.")
# Migrations grant to these names: an external server may call the four roles anything.
DATABASE_ROLES = {role: login.user for role, login in _addresses.databases.items()}
_limits = {
    "app": "-c statement_timeout=10s -c lock_timeout=5s",
    "engine": "-c statement_timeout=5s -c lock_timeout=2s",
    "owner": "-c lock_timeout=5s",
    "watch": "-c statement_timeout=2s",
}
_login = _addresses.databases[DATABASE_ROLE]
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _login.name,
        "USER": _login.user,
        "PASSWORD": _login.password,
        "HOST": _login.host,
        "PORT": _login.port,
        # With a pool Django skips its own health check unless it is asked for.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": f"tandem-{DATABASE_ROLE}",
            # Planning costs more than running nearly every statement here: plan each once a
            # connection. A pooler in front must know prepared statements (PgBouncer from 1.21 on).
            "server_side_binding": True,
            "prepare_threshold": 2,
            "options": f"{_limits[DATABASE_ROLE]} -c idle_in_transaction_session_timeout=10s",
            **_login.options,
        },
    },
}
if DATABASE_ROLE != "owner":
    # Threads share the pool; a prefork worker must never inherit one.
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": int(ENV.get("DATABASE_POOL_SIZE", "10")),
        "timeout": 5,
        # An idle connection keeps some megabytes of plans.
        "max_idle": 60,
    }

# Which processes turn the engine here; the page of the health of the ringing asks for them.
LOOPS = {name: alarms.LOOPS[name] for name in ENV.words("WATCHDOG_LOOPS") or alarms.LOOPS}

# --- Broker --------------------------------------------------------------------------------
REDIS_URL = _addresses.redis
CELERY_BROKER_URL = _addresses.broker
READY_FOLDER = PLACES.ready
BEAT_SCHEDULE = PLACES.root / "beat-schedule"

# --- Outbound: every call has its deadline ---------------------------------------------------
OUTBOUND_TIMEOUT = 5.0
_smtp = urlsplit(_address("SMTP_URL"))
EMAIL_HOST = _smtp.hostname or ""
EMAIL_PORT = _smtp.port or {"smtps": 465, "smtp+tls": 587}.get(_smtp.scheme, 25)
EMAIL_HOST_USER = unquote(_smtp.username or "")
EMAIL_HOST_PASSWORD = ENV.get("SMTP_PASSWORD") or unquote(_smtp.password or "")
EMAIL_USE_SSL = _smtp.scheme == "smtps"
EMAIL_USE_TLS = _smtp.scheme == "smtp+tls"
EMAIL_TIMEOUT = OUTBOUND_TIMEOUT
DEFAULT_FROM_EMAIL = ENV.get("EMAIL_FROM", "tandem@localhost")
SMS_PROVIDER_URL = _address("SMS_PROVIDER_URL").rstrip("/")
SMS_ACCOUNT_SID = _address("SMS_ACCOUNT_SID")
SMS_AUTH_TOKEN = ENV.get("SMS_AUTH_TOKEN") or (_kept["SMS_AUTH_TOKEN"] if _house else "")
SMS_FROM = _address("SMS_FROM")
# A second provider, for when the first fails. Without its address there is none.
SMS_SECOND_PROVIDER_URL = _address("SMS_SECOND_PROVIDER_URL").rstrip("/")
SMS_SECOND_ACCOUNT_SID = _address("SMS_SECOND_ACCOUNT_SID")
SMS_SECOND_AUTH_TOKEN = ENV.get("SMS_SECOND_AUTH_TOKEN", "")
SMS_SECOND_FROM = _address("SMS_SECOND_FROM")
# A practice chooses where its webhook goes, so it may go only to the open Internet.
WEBHOOK_PORTS = frozenset(int(port) for port in ENV.words("WEBHOOK_PORTS", "443"))
WEBHOOK_FORBIDDEN_NETWORKS = tuple(
    ip_network(network) for network in ENV.words("WEBHOOK_FORBIDDEN_NETWORKS")
)
WEBHOOK_MAY_USE_LOOPBACK = _address("WEBHOOK_MAY_USE_LOOPBACK") == "1"

# Divides every wait of a ladder: drills run in seconds. Stored with the alert and shown. A clinic
# leaves it at 1.
LADDER_COMPRESSION = ENV.number("LADDER_COMPRESSION", 1.0, lowest=0.001, highest=100_000.0)


# --- Time and language -----------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Logs: one JSON line each, allow-listed fields only ----------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.logs.AllowedFields"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": ENV.get("LOG_LEVEL", "INFO")},
    # Django hangs its own handlers on these two; both belong to the root one.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # One line a request or a mail, without anything in it: noise.
        "httpx": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
    },
}

# --- REST ------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["referrals.api.parsing.StrictJSON"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["referrals.api.auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "EXCEPTION_HANDLER": "referrals.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, object] = {
    "TITLE": "Tandem",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"ReferralReasonEnum": "referrals.api.serializers.REFERRAL_REASON"},
}
