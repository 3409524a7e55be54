"""The page behind the link of a test message. GET changes nothing; only the button answers."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coordination.services import contact_tests
from referrals import clock

VIA = "link"
WORKS = "works"


def page_of_test(request: HttpRequest, secret: str) -> HttpResponse | None:
    """Show what is tested, or take the answer; ``None`` if the link is of no test."""
    test = contact_tests.find(secret)
    if test is None:
        return None
    facts = {"point": test.contact_point, "answered": test.answered_at is not None, "thanks": False}
    status = HTTPStatus.OK
    if contact_tests.is_over(test, clock.now()) or not test.contact_point.is_active:
        facts, status = facts | {"over": True}, HTTPStatus.GONE
    elif request.method == "POST" and request.POST.get("answer") == WORKS:
        contact_tests.it_works(test, via=VIA)
        facts |= {"thanks": True}
    elif request.method == "POST":
        status = HTTPStatus.BAD_REQUEST
    return render(request, "coordination/contact_test.html", facts, status=status)
