"""Reminds customers of what their products need, on the day they asked for; one of the gateway's chores."""

from __future__ import annotations

from bot.conversation import inbox, transcript
from bot.conversation.notices import locale_of, notice
from bot.db.session import writing
from bot.shop import profile
from bot.support import maintenance
from bot.support.guides import stored

FROM_HOUR = 9  # at the shop: nobody is woken


def send_reminders() -> int:
    """Remind in every conversation where a task is due today; how many.

    One at a person's hands waits until the bot has it again.
    """
    told: list[str] = []
    with writing() as session:
        shop = profile.read(session)
        if shop.now().hour < FROM_HOUR:
            return 0
        library = stored.current(session)
        for reminder in maintenance.due_reminders(session, shop.today()):
            plan = library.plans.get(reminder.plan)
            task = maintenance.task_of(plan, reminder.task) if plan else None
            conversation = transcript.lock(session, reminder.conversation_id)
            if plan is None or task is None or conversation is None:
                reminder.state = "dropped"
            elif conversation.owner in ("bot", "closed"):
                reminder.state = "sent"
                locale = locale_of(conversation)
                name = locale.digits_of(locale.text(task.name))
                notice(session, conversation, "utter_care_reminder", task=name, title=locale.text(plan.title))
                told.append(reminder.conversation_id)
    for conversation_id in told:
        inbox.tell(conversation_id)
    return len(told)
