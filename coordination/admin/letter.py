"""The letter to the emergency department as a page to print, on one sheet."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from coordination.admin import card
from coordination.api.ed_letter import letter
from referrals.admin.gate import actor_of, showing


@require_safe
def show(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show the letter of a referral that the person may see; who looked is logged."""
    referral = card.found(actor_of(request)).filter(uuid=uuid).first()
    if referral is None:
        raise Http404
    showing(request, [referral])
    return TemplateResponse(request, "coordination/desk/ed_letter.html", letter(referral))
