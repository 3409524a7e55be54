"""The addresses of referrals under ``/api/v1/``."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from referrals.api import (
    amendments,
    directory,
    ending,
    reporting,
    urgency,
    views,
    visits,
    worklists,
)

_DOCS = SpectacularSwaggerSplitView.as_view(
    url_name="openapi", http_method_names=["get", "head"], title="Tandem"
)

urlpatterns = [
    # Here and not by negotiation: the address says JSON.
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    # Its script has an address of its own: the Content-Security-Policy allows none in a page.
    path("docs", _DOCS, name="docs"),
    path("me", directory.Me.as_view(), name="me"),
    path("practices", directory.Practices.as_view(), name="practices"),
    path("worklists", worklists.Worklists.as_view(), name="worklists"),
    path("worklists/<slug:name>", worklists.Worklist.as_view(), name="worklist"),
    path("referrals", views.Referrals.as_view(), name="referrals"),
    path("referrals/<uuid:uuid>", amendments.OneReferral.as_view(), name="referral"),
    path("referrals/<uuid:uuid>/findings", views.Findings.as_view(), name="findings"),
    path("referrals/<uuid:uuid>/decline", ending.Decline.as_view(), name="decline"),
    path("referrals/<uuid:uuid>/information", reporting.Information.as_view()),
    path("referrals/<uuid:uuid>/appointment", visits.Appointment.as_view()),
    path("referrals/<uuid:uuid>/no-show", visits.NoShow.as_view()),
    path("referrals/<uuid:uuid>/visit-cancellation", visits.VisitCancellation.as_view()),
    path("referrals/<uuid:uuid>/visit", reporting.Visit.as_view()),
    path("referrals/<uuid:uuid>/report", reporting.Report.as_view()),
    path("referrals/<uuid:uuid>/closure", ending.Closure.as_view()),
    path("referrals/<uuid:uuid>/cancellation", ending.Cancellation.as_view()),
    path(
        "referrals/<uuid:uuid>/cancellation-confirmation",
        ending.CancellationConfirmation.as_view(),
    ),
    path("referrals/<uuid:uuid>/cancellation-withdrawal", ending.CancellationWithdrawal.as_view()),
    path("referrals/<uuid:uuid>/forward", ending.Forward.as_view()),
    path("referrals/<uuid:uuid>/reopening", ending.Reopening.as_view()),
    path("referrals/<uuid:uuid>/failure", ending.Failure.as_view()),
    path("referrals/<uuid:uuid>/entered-in-error", ending.EnteredInError.as_view()),
    path("referrals/<uuid:uuid>/red-flags/<str:rule>/resolution", views.Resolution.as_view()),
    path("referrals/<uuid:uuid>/urgency", urgency.Urgency.as_view()),
    path("referrals/<uuid:uuid>/urgency/confirmation", urgency.Confirmation.as_view()),
    path("referrals/<uuid:uuid>/urgency/withdrawal", urgency.Withdrawal.as_view()),
    path("referrals/<uuid:uuid>/versions", amendments.Versions.as_view()),
    path("referrals/<uuid:uuid>/timeline", views.Timeline.as_view(), name="timeline"),
    path("referrals/<uuid:uuid>/assessments", views.Assessments.as_view(), name="assessments"),
    path("referrals/<uuid:uuid>/access", views.Accesses.as_view(), name="access"),
    path("reference/findings", directory.FindingsReference.as_view(), name="findings-reference"),
    path("problems/<slug:code>", directory.Problem.as_view(), name="problem"),
]
