"""The tables, one module a subject. Import models from here: `from bot.db.models import Product`."""

from bot.db.models.base import Base
from bot.db.models.catalogue import (
    Brand,
    CatalogueVersion,
    Category,
    OptionExclusion,
    OptionValue,
    Product,
    ProductAttribute,
    ProductImage,
    ProductOption,
    Stock,
    Variant,
)
from bot.db.models.conversations import Conversation, DialogueEvent, DialogueState, Inbox, Message, Outbox
from bot.db.models.desk import (
    Agent,
    AgentSession,
    Handoff,
    Invitation,
    ReadMark,
    SignInThrottle,
    Team,
    agent_teams,
)
from bot.db.models.interactions import Interaction
from bot.db.models.orders import Customer, Order, OrderLine, Payment, Shipment, ShipmentLine, VerificationAttempt
from bot.db.models.shop import Branch, BranchClosure, BranchHours, DeliveryZone, Policy, Shop

__all__ = [
    "Agent",
    "AgentSession",
    "Base",
    "Branch",
    "BranchClosure",
    "BranchHours",
    "Brand",
    "CatalogueVersion",
    "Category",
    "Conversation",
    "Customer",
    "DeliveryZone",
    "DialogueEvent",
    "DialogueState",
    "Handoff",
    "Inbox",
    "Interaction",
    "Invitation",
    "Message",
    "OptionExclusion",
    "OptionValue",
    "Order",
    "OrderLine",
    "Outbox",
    "Payment",
    "Policy",
    "Product",
    "ProductAttribute",
    "ProductImage",
    "ProductOption",
    "ReadMark",
    "Shipment",
    "ShipmentLine",
    "Shop",
    "SignInThrottle",
    "Stock",
    "Team",
    "Variant",
    "VerificationAttempt",
    "agent_teams",
]
