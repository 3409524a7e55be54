"""The only writers of ``coordination``. Called through this module."""

from coordination.services.alert import open_obligations
from coordination.services.calls import CallAlreadyRecorded, CallResult, record_call, script_of
from coordination.services.contact_tests import pass_on_unanswered, write_tests
from coordination.services.contacts import (
    AddressRefused,
    add_contact_point,
    retire_contact_point,
    rotate_secret,
)
from coordination.services.deliver import drain, tell_first
from coordination.services.heartbeats import beat
from coordination.services.history import move_to_history
from coordination.services.ladder import climb
from coordination.services.lowering import settle_lowered
from coordination.services.mending import mend, ring_now
from coordination.services.on_call import (
    Cover,
    ShiftRefused,
    Why,
    override,
    put_on_call,
    swap,
)
from coordination.services.outcome import (
    tell_declined,
    tell_ed_took_over,
    tell_given_back,
    tell_lowered,
    tell_safe,
    tell_taken,
    tell_the_other_side,
)
from coordination.services.passing import ask_the_next
from coordination.services.patient import (
    BY_THEIR_WILL,
    Arrival,
    Said,
    record_arrival,
    record_patient_contact,
)
from coordination.services.proxies import Proxy, ProxyRefused
from coordination.services.reliance import StillReliedOn
from coordination.services.replies import Reply, reply_by_key, reply_by_sms
from coordination.services.reports import DeliveryUnknown, Report, take_report
from coordination.services.respond import (
    ReceivingPlan,
    accept,
    acknowledge,
    hand_over_to_ed,
    pass_on,
    record_plan,
    request_information,
)
from coordination.services.rotations import (
    Turns,
    begin_rotation,
    end_rotation,
    keep_rotations,
)
from coordination.services.route import route
from coordination.services.staff_messages import tell_staff
from coordination.services.step import keep_step

__all__ = [
    "BY_THEIR_WILL",
    "AddressRefused",
    "Arrival",
    "CallAlreadyRecorded",
    "CallResult",
    "Cover",
    "DeliveryUnknown",
    "Proxy",
    "ProxyRefused",
    "ReceivingPlan",
    "Reply",
    "Report",
    "Said",
    "ShiftRefused",
    "StillReliedOn",
    "Turns",
    "Why",
    "accept",
    "acknowledge",
    "add_contact_point",
    "ask_the_next",
    "beat",
    "begin_rotation",
    "climb",
    "drain",
    "end_rotation",
    "hand_over_to_ed",
    "keep_rotations",
    "keep_step",
    "mend",
    "move_to_history",
    "open_obligations",
    "override",
    "pass_on",
    "pass_on_unanswered",
    "put_on_call",
    "record_arrival",
    "record_call",
    "record_patient_contact",
    "record_plan",
    "reply_by_key",
    "reply_by_sms",
    "request_information",
    "retire_contact_point",
    "ring_anew",
    "ring_now",
    "rotate_secret",
    "route",
    "script_of",
    "settle_lowered",
    "swap",
    "take_report",
    "tell_declined",
    "tell_ed_took_over",
    "tell_first",
    "tell_given_back",
    "tell_lowered",
    "tell_safe",
    "tell_staff",
    "tell_taken",
    "tell_the_other_side",
    "write_tests",
]
