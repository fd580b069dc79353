"""Parts of messages as the gateway sends them, one of each kind."""

from __future__ import annotations

CARDS = {
    "type": "cards",
    "cards": [
        {
            "title": "Air 14",
            "subtitle": "1.1 kg",
            "image": "/shop/images/none.svg",
            "price": "SAR 3,299",
            "sku": "A",
            "url": "/products/air-14",
            "facts": ["16 GB", "18 h"],
            "buttons": [{"label": "Details", "payload": '/product_info{"product":"air-14"}'}],
        },
        {"title": "Book 15", "subtitle": "", "image": None, "price": "SAR 2,499", "sku": "B", "url": None, "facts": []},
        {"title": "Trap", "image": "javascript:alert(1)", "url": "javascript:alert(1)", "buttons": None},
    ],
}

CHOICES = {
    "type": "buttons",
    "buttons": [{"label": "Cheaper", "payload": "/cheaper"}, {"label": "Lighter", "payload": "/lighter"}],
}

TABLE = {"type": "table", "columns": ["", "Air"], "rows": [["Weight", "1.1 kg"], ["Battery", "18 h"]]}

STEPS = {"type": "steps", "title": "Set up", "steps": [{"text": "Plug it in.", "image": None}, {"text": "Press <b>."}]}

FORM = {
    "type": "form",
    "title": "Call me back",
    "fields": [
        {"name": "name", "label": "Your name", "type": "text", "required": True},
        {"name": "when", "label": "When", "options": ["Morning", {"label": "Evening", "value": "pm"}]},
    ],
    "submit": "Call me",
    "payload": "/leave_contact",
}
