"""Looks after products: how to clean and service them, what is due when, spare parts, reminders."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from actions import concern, guide_steps, help_article, setup_guide, showing, walking
from actions.concern import WANTED, Concern, HelpAction
from actions.turn import Button, Part, Turn, payload
from bot.db.session import reading
from bot.shop import catalogue, profile
from bot.support import help as pages
from bot.support import maintenance, replies, verification
from bot.support.guides import stored
from bot.support.guides.stored import Library, Plan
from bot.support.maintenance import Task

NEED = "maintenance_service"
BOUGHT = "bought"  # what is wanted: the day of purchase
REMINDER = "reminder"  # what may be wanted: to be reminded of the task due next
MONTHS_AGO = (1, 6, 12)  # offered as answers to "when did you buy it?"
MOST_HOWS = 2
MOST_CARDS = 4


class Maintenance(HelpAction):
    action = "action_maintenance"
    topic = NEED

    def help_with(self, turn: Turn, words: str) -> None:
        if replies.holds("set_up", words) and not replies.holds("parts", words):
            setup_guide.help_with_setup(turn, words)
        else:
            look_after(turn, words)


def look_after(turn: Turn, words: str) -> None:
    """Answer what a product needs: a guide, parts, or its plan.

    Args:
        words: what the customer wrote; '' for a button.
    """
    with reading() as session:
        if replies.holds("visit", words):
            if not help_article.answered_by_articles(turn):
                concern.offer_person(turn, NEED)
            return
        library = stored.current(session)
        about = concern.find(turn, session, library, NEED)
        if about is None:
            return
        plan = library.plan_for(about.subject)
        if plan and replies.holds("parts", words) and show_parts(turn, session, plan, about):
            return
        if plan and replies.holds("due", words):
            show_plan(turn, session, plan, about)
        elif not _show_how(turn, session, library, about, words, plan):
            _nothing_written(turn, session, plan, about, words)


def _show_how(turn: Turn, session: Session, library: Library, about: Concern, words: str, plan: Plan | None) -> bool:
    """Walk through the care guide that a question is about, if there is one."""
    guides = library.guides_for(about.subject, ("care",))
    if not guides:
        return _show_other_guide(turn, session, library, about, words)
    if plan and not replies.telling(words):
        return False
    found = pages.find(session, words, turn.language, 1, guides=[guide.code for guide in guides])
    sure = bool(found) and found[0].confidence >= pages.SURE
    if plan and not sure:
        return False
    code = found[0].guide if sure else guides[0].code
    chosen = next(guide for guide in guides if guide.code == code)
    guide_steps.begin(turn, chosen, about)
    return True


def _show_other_guide(turn: Turn, session: Session, library: Library, about: Concern, words: str) -> bool:
    """Walk through a guide for setting up or using it, when it surely says what is asked ("how do I change …")."""
    guides = library.guides_for(about.subject, ("setup", "use"))
    found = pages.find(session, words, turn.language, 1, guides=[guide.code for guide in guides]) if guides else []
    if not found or found[0].confidence < pages.SURE:
        return False
    guide_steps.begin(turn, next(guide for guide in guides if guide.code == found[0].guide), about)
    return True


def _nothing_written(turn: Turn, session: Session, plan: Plan | None, about: Concern, words: str) -> None:
    if words and help_article.answered_by_articles(turn):
        return
    if plan:
        show_plan(turn, session, plan, about)
    else:
        concern.offer_person(turn, NEED, about)


def show_parts(turn: Turn, session: Session, plan: Plan, about: Concern) -> bool:
    """The parts of a plan: those sold here as cards, the others by name; False when it has none."""
    parts = [part for task in maintenance.tasks_of(plan) for part in task.parts]
    if not parts:
        return False
    products = catalogue.products(session, maintenance.products_of(session, parts))[:MOST_CARDS]
    turn.outcome("answered", products=[product.code for product in products])
    if products:
        turn.set("shown", [product.code for product in products])
        turn.say("utter_parts_sold", showing.cards(turn, session, products), name=about.name)
        return True
    names = list(dict.fromkeys(turn.locale.text(part.name) for part in parts))
    listed = turn.locale.list_of([turn.locale.isolate(turn.locale.digits_of(name)) for name in names])
    turn.ask("handoff", team="service", reason=NEED)
    turn.say(
        "utter_parts_named",
        buttons=[turn.link("label_ask_colleague", "talk_to_agent")],
        name=about.name,
        parts=listed,
    )
    return True


def show_plan(
    turn: Turn, session: Session, plan: Plan, about: Concern, bought: date | None = None, *, ask: bool = True
) -> None:
    """What is due how often, and on which day once the day of purchase is known.

    Args:
        bought: as the customer told it; a proven order says it too.
        ask: ask for the day of purchase when nothing says it.
    """
    shop = profile.read(session)
    if bought is None:
        known = maintenance.bought_on(session, verification.access(session, turn.conversation_id), about.subject)
        bought = known[1].astimezone(shop.zone).date() if known else None
    tasks = maintenance.tasks_of(plan)
    columns = [turn.words("label_task"), turn.words("label_how_often")]
    if bought:
        columns.append(turn.words("label_next_due"))
    rows = []
    for task in tasks:
        row = [turn.locale.digits_of(turn.locale.text(task.name)), often(turn, task)]
        rows.append([*row, turn.locale.day(task.due(bought, shop.today()), shop.today())] if bought else row)
    table: Part = {"type": "table", "columns": columns, "rows": rows}
    turn.outcome("answered" if bought or not ask else "open", products=[about.product] if about.product else [])
    buttons = _hows(turn, tasks)
    if bought:
        soonest = min(tasks, key=lambda task: task.due(bought, shop.today()))
        due = soonest.due(bought, shop.today()).isoformat()
        more = {"plan": plan.code, "task": soonest.code, "on": due, **about.entities}
        turn.set(WANTED, {"need": REMINDER, **more})
        buttons.insert(0, _reminder(turn, soonest, more))
        turn.say("utter_plan_due", table, buttons=buttons, name=about.name)
    elif ask:
        turn.set(WANTED, {"need": BOUGHT, "plan": plan.code, **about.entities})
        turn.say("utter_plan_ask_bought", table, buttons=_ago(turn, plan, about), name=about.name)
    else:
        turn.say("utter_plan", table, buttons=buttons, name=about.name)


def often(turn: Turn, task: Task) -> str:
    """How often a task is due, in words: in the largest unit it is whole in."""
    count, many, one = (task.months, "year", "month") if task.months else (task.days or 1, "week", "day")
    size = {"year": 12, "week": 7}[many]
    return (
        turn.locale.counted(f"every_{one}", count)
        if count % size
        else turn.locale.counted(f"every_{many}", count // size)
    )


def _hows(turn: Turn, tasks: list[Task]) -> list[Button]:
    """How each task is done, for those with a guide."""
    guided = [task for task in tasks if task.guide][:MOST_HOWS]
    return [
        {
            "label": showing.label_of(turn, turn.words("label_how_to", task=turn.locale.text(task.name))),
            "payload": payload("go_on", move={"to": "begin", "guide": task.guide}),
        }
        for task in guided
    ]


def _reminder(turn: Turn, task: Task, more: dict[str, str]) -> Button:
    label = turn.words("label_remind_me", task=turn.locale.digits_of(turn.locale.text(task.name)))
    return {**walking.button(turn, "label_go_on", "remind", **more), "label": showing.label_of(turn, label)}


def _ago(turn: Turn, plan: Plan, about: Concern) -> list[Button]:
    """Likely answers to "when did you buy it?"."""
    buttons = []
    for months in MONTHS_AGO:
        noun, count = ("year_ago", months // 12) if months % 12 == 0 else ("month_ago", months)
        label = turn.locale.counted(noun, count)
        more = {"plan": plan.code, "months": months, **about.entities}
        buttons.append({**walking.button(turn, "label_go_on", BOUGHT, **more), "label": label})
    unknown = walking.button(turn, "label_do_not_know", BOUGHT, plan=plan.code, months=-1, **about.entities)
    return [*buttons, unknown]


def bought_told(turn: Turn, session: Session, library: Library, wanted: dict[str, Any], bought: date | None) -> bool:
    """The day of purchase was told, or that it is not known: the plan with its days."""
    plan = library.plans.get(str(wanted.get("plan")))
    about = concern.of_entities(turn, session, wanted)
    if plan is None or about is None:
        return False
    show_plan(turn, session, plan, about, bought, ask=False)
    return True


def remind(turn: Turn, session: Session, library: Library, move: dict[str, Any]) -> bool:
    """Note the wish to be reminded of a task; False when the plan is gone."""
    plan = library.plans.get(str(move.get("plan")))
    task = maintenance.task_of(plan, str(move.get("task"))) if plan else None
    on = day_of(move.get("on"))
    if plan is None or task is None or on is None:
        return False
    maintenance.remind(turn.conversation_id, plan.code, task.code, on)
    turn.outcome("answered")
    name = turn.locale.digits_of(turn.locale.text(task.name))
    turn.say("utter_reminder_noted", task=name, day=turn.locale.day(on, profile.read(session).today()))
    return True


def day_of(told: Any) -> date | None:
    """A day written as in ISO 8601; None for anything else."""
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        return None
