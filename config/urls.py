"""Mounts every address of the service. It holds no views."""

from django.urls import include, path
from django.views.generic import RedirectView

from config import health
from coordination.admin import site as desk
from coordination.api import provider
from coordination.api.one_tap import one_tap

handler400 = "referrals.api.errors.bad_request"
handler404 = "referrals.api.errors.page_not_found"
handler500 = "referrals.api.errors.server_error"

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/"), name="front-door"),
    path("admin/", desk.urls),
    path("healthz", health.live, name="live"),
    path("readyz", health.ready, name="ready"),
    path("api/v1/", include("referrals.api.urls")),
    path("api/v1/", include("coordination.api.urls")),
    path("a/<str:secret>", one_tap, name="one-tap"),
    path("provider/status/<uuid:delivery>", provider.status, name="provider-status"),
    path("provider/sms", provider.sms, name="provider-sms"),
    path("provider/voice/<uuid:delivery>", provider.keypress, name="provider-voice"),
]
