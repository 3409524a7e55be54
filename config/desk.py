"""The settings of the desk: Django's admin in Unfold's clothes, its sign-in, its policy.

The engine loads none of these applications: they would cost each of its processes the admin.
"""

from typing import Any

APPS = ["unfold.apps.BasicAppConfig", "django.contrib.admin.apps.SimpleAdminConfig", "axes"]
SIGN_IN = ["django_otp.middleware.OTPMiddleware"]
GATE = ["referrals.admin.gate.Gate", "axes.middleware.AxesMiddleware"]

PATH = "/admin/"
# Unfold's Alpine compiles the expressions in its attributes, and its colours are an inline style.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES: dict[str, Any] = {
    "AXES_FAILURE_LIMIT": 5,
    "AXES_COOLOFF_TIME": 0.25,
    # Somebody who guesses must not be able to shut out the person they guess about.
    "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
    "AXES_CLIENT_IP_CALLABLE": "referrals.api.client_address.client_address",
    "AXES_RESET_ON_SUCCESS": True,
    "AXES_LOCKOUT_TEMPLATE": "referrals/locked_out.html",
    "AXES_ENABLE_ADMIN": False,
    "AXES_VERBOSE": False,
}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Tandem",
    "SITE_HEADER": "Tandem",
    "SITE_SUBHEADER": "Pain management and spine surgery",
    "SITE_SYMBOL": "sync_alt",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "STYLES": ["/static/coordination/desk.css"],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "#eff6ff", "100": "#dbeafe", "200": "#bfdbfe", "300": "#93c5fd",
            "400": "#60a5fa", "500": "#3b82f6", "600": "#1d4ed8", "700": "#1e40af",
            "800": "#1e3a8a", "900": "#172554", "950": "#0f172a",
        },
    },
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "coordination.admin.sidebar.navigation",
    },
}  # fmt: skip
