"""The addresses of coordination under ``/api/v1/``."""

from django.urls import path

from coordination.api import on_call, views

urlpatterns = [
    path("on-call", on_call.OnCall.as_view()),
    path("on-call/overrides", on_call.Overrides.as_view()),
    path("referrals/<uuid:uuid>/acknowledgement", views.Acknowledgement.as_view()),
    path("referrals/<uuid:uuid>/acceptance", views.Acceptance.as_view()),
    path("referrals/<uuid:uuid>/information-request", views.InformationRequest.as_view()),
    path("referrals/<uuid:uuid>/pass", views.Pass.as_view()),
    path("referrals/<uuid:uuid>/plan", views.ThePlan.as_view()),
    path("referrals/<uuid:uuid>/ed-handover", views.Handover.as_view()),
    path("referrals/<uuid:uuid>/patient-contact", views.PatientContact.as_view()),
    path("referrals/<uuid:uuid>/arrival", views.ThePatientsArrival.as_view()),
    path("referrals/<uuid:uuid>/calls/<uuid:delivery>/outcome", views.CallOutcome.as_view()),
    path("referrals/<uuid:uuid>/ed-letter", views.EdLetter.as_view()),
    path("referrals/<uuid:uuid>/coordination", views.Coordination.as_view()),
]
