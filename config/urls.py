"""Mounts every address of the service. It holds no views."""

from django.urls import URLPattern, include, path
from django.views.generic import RedirectView

from config import health
from coordination.admin import site as desk
from coordination.api import provider
from coordination.api.one_tap import one_tap
from coordination.channels.provider import PROVIDERS, Provider

handler400 = "referrals.api.errors.bad_request"
handler404 = "referrals.api.errors.page_not_found"
handler500 = "referrals.api.errors.server_error"


def _called_back_by(one: Provider) -> list[URLPattern]:
    named = {"provider": one.name}
    return [
        path(f"{one.callbacks}/status/<uuid:delivery>", provider.status, named),
        path(f"{one.callbacks}/sms", provider.sms, named),
        path(f"{one.callbacks}/voice/<uuid:delivery>", provider.keypress, named),
    ]


urlpatterns = [
    path("", RedirectView.as_view(url="/admin/"), name="front-door"),
    path("admin/", desk.urls),
    path("healthz", health.live, name="live"),
    path("healthz/escalation", health.escalation, name="escalation"),
    path("readyz", health.ready, name="ready"),
    path("api/v1/", include("referrals.api.urls")),
    path("api/v1/", include("coordination.api.urls")),
    path("a/<str:secret>", one_tap, name="one-tap"),
    *(pattern for one in PROVIDERS.values() for pattern in _called_back_by(one)),
]
