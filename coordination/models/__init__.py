"""What has to happen because of a referral, one noun a file. Only services write."""

from coordination.models.ack_token import AckToken
from coordination.models.alert import Alert
from coordination.models.call_task import CallTask
from coordination.models.contact_point import ContactPoint
from coordination.models.delivery import Delivery, DeliveryAttempt
from coordination.models.heartbeat import Heartbeat
from coordination.models.obligation import Obligation
from coordination.models.on_call import OnCallShift
from coordination.models.on_call_change import OnCallChange
from coordination.models.past_delivery import PastDelivery
from coordination.models.plan import Plan
from coordination.models.provider_trouble import ProviderTrouble
from coordination.models.rotation import Rotation, RotationPlace
from coordination.models.staff_message import StaffMessage

__all__ = [
    "AckToken",
    "Alert",
    "CallTask",
    "ContactPoint",
    "Delivery",
    "DeliveryAttempt",
    "Heartbeat",
    "Obligation",
    "OnCallChange",
    "OnCallShift",
    "PastDelivery",
    "Plan",
    "ProviderTrouble",
    "Rotation",
    "RotationPlace",
    "StaffMessage",
]
