"""Mounts every address of the service. It holds no views."""

from django.urls import path

from config import health

urlpatterns = [
    path("healthz", health.live, name="live"),
    path("readyz", health.ready, name="ready"),
]
