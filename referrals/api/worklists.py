"""The worklists of the caller's practice: how much stands on each, and the referrals of one."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.api import cards
from referrals.api.acting import reads, whole
from referrals.api.answers import ReferralsOut, WorklistsOut
from referrals.api.documented import page_parameters, reading
from referrals.api.views import LARGEST_PAGE, seen
from referrals.models import Referral
from referrals.models.api_key import Scope
from referrals.walls import Actor
from referrals.worklists import OF_OTHERS, TITLES

LONGEST = 1_000_000


class Worklists(APIView):
    """All lists, each with its number, as the menu of the desk shows them."""

    @reading("Count the worklists", WorklistsOut)
    @reads(Scope.READ)
    def get(self, request: Request, actor: Actor) -> Response:
        """Answer every list in the order of the desk, also an empty one."""
        counts = Referral.objects.count_worklists(actor)
        return Response(
            {
                "worklists": [
                    {
                        "name": name,
                        "title": title,
                        "count": counts[name],
                        "waits_for_others": name in OF_OTHERS,
                        "links": {"self": f"{request.path}/{name}"},
                    }
                    for name, title in TITLES.items()
                ]
            }
        )


class Worklist(APIView):
    """The referrals of one list."""

    @reading(
        "Read a worklist, the most urgent first",
        ReferralsOut,
        *page_parameters(LARGEST_PAGE, "after", "How many to pass over, as 'next' of a page says."),
    )
    @reads(Scope.READ, "limit", "after")
    def get(self, request: Request, actor: Actor, name: str) -> Response:
        """Answer one page; what moves meanwhile may be shown twice or not at all."""
        if name not in TITLES:
            raise Http404
        limit = whole(request, "limit", default=25, largest=LARGEST_PAGE)
        after = whole(request, "after", default=0, largest=LONGEST)
        listed = seen(actor).on_worklist(name, actor).most_urgent_first()
        page = list(listed[after : after + limit + 1])
        more = f"{request.path}?limit={limit}&after={after + limit}"
        return Response(
            {
                "referrals": [cards.summary(referral, actor) for referral in page[:limit]],
                "next": more if len(page) > limit else None,
            }
        )
