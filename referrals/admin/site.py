"""The desk's site: nothing is open to anybody who is not verified, and the home is the work."""

from typing import Any

from django.contrib.auth import logout
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from referrals.admin.sign_in import second_factor


class DeskSite(UnfoldAdminSite):
    """Unfold's site behind the gate. It has one sign-in and no other."""

    index_title = "Desk"
    login_template = "referrals/sign_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether the person is staff and verified."""
        user: Any = request.user
        return bool(user.is_active and user.is_staff and user.is_verified())

    def get_urls(self) -> list[URLPattern]:
        """Leave out Django's way from any row to its own page: no row of ours has one."""
        return [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]

    def extra_urls(self) -> list[URLPattern]:
        """Add the second step of the sign-in; :mod:`referrals.admin.gate` lets it through."""
        return [path("second-factor/", never_cache(self._second_factor), name="second_factor")]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the urgent list: that is what a desk is for."""
        lists = reverse("admin:referrals_referral_changelist")
        return HttpResponseRedirect(f"{lists}?list=urgent")

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """End the session and stand at the door again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse Unfold's search: it would put names into addresses and into a cache."""
        raise Http404

    def _second_factor(self, request: HttpRequest) -> HttpResponse:
        return second_factor(request, self.each_context(request))


site = DeskSite(name="admin")
