"""The desk's routes, for the gateway to mount: pages under /desk, the API under /api/v1/desk."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from bot.desk import api, files, money, pages, reports, stream
from bot.desk import manage_api as manage
from bot.desk import work_api as work
from bot.desk.sessions import Caller
from bot.desk.web import AgentEndpoint, Endpoint, agent_call, agent_page, open_call
from bot.gateway.files import folder
from bot.gateway.problems import problem
from bot.gateway.requests import methods_of

API = "/api/v1/desk"


class AnyMethod:
    """An endpoint as an application of its own: a route hands it every call, whatever the method."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        answer = await self._endpoint(Request(scope, receive, send))
        await answer(scope, receive, send)


async def _to_desk(_request: Request) -> Response:
    return RedirectResponse("/desk", status_code=308)


async def _no_call(request: Request, _caller: Caller) -> Response:
    """Whatever else is asked for under the API; like the rest, only told to agents."""
    allowed = methods_of(request.scope, api_routes)
    if allowed:
        return problem(405, headers={"Allow": ", ".join(allowed)})
    return problem(404, "No such call")


def _call(method: str, path: str, endpoint: AgentEndpoint, role: str = "agent", **rules: bool) -> BaseRoute:
    return Route(API + path, agent_call(endpoint, role, **rules), methods=[method])


_ONE = "/conversations/{conversation_id}"

api_routes: list[BaseRoute] = [
    Route(f"{API}/session", open_call(api.sign_in), methods=["POST"]),
    Route(f"{API}/setup", open_call(api.set_up), methods=["POST"]),
    Route(f"{API}/password-link", open_call(api.choose_password), methods=["POST"]),
    _call("DELETE", "/session", api.sign_out, by_token=False),
    _call("GET", "/me", api.me),
    _call("PATCH", "/me", api.change_me),
    _call("POST", "/me/password", manage.change_password, by_token=False),
    _call("POST", "/me/totp", manage.begin_totp, by_token=False),
    _call("PUT", "/me/totp", manage.confirm_totp, by_token=False),
    _call("DELETE", "/me/totp", manage.end_totp, by_token=False),
    _call("GET", "/me/tokens", manage.list_tokens, by_token=False),
    _call("POST", "/me/tokens", manage.create_token, by_token=False),
    _call("DELETE", "/me/tokens/{token_id}", manage.remove_token, by_token=False),
    _call("PUT", "/presence", api.change_presence),
    _call("GET", "/stream", stream.stream),
    _call("GET", "/search", work.search),
    _call("GET", "/products", work.find_products),
    _call("GET", "/colleagues", work.read_colleagues),
    _call("GET", "/conversations", api.list_conversations),
    _call("GET", _ONE, api.read_conversation),
    _call("GET", f"{_ONE}/messages", api.read_messages),
    _call("POST", f"{_ONE}/messages", api.say),
    _call("POST", f"{_ONE}/accept", api.accept),
    _call("POST", f"{_ONE}/decline", work.decline),
    _call("POST", f"{_ONE}/return", api.give_back),
    _call("POST", f"{_ONE}/resolve", api.resolve),
    _call("POST", f"{_ONE}/typing", api.typing),
    _call("POST", f"{_ONE}/read", api.mark_read),
    _call("GET", f"{_ONE}/context", work.read_context),
    _call("GET", f"{_ONE}/suggestions", work.read_suggestions),
    _call("GET", f"{_ONE}/photos/{{photo_id}}", work.read_photo),
    _call("GET", f"{_ONE}/documents/{{document_id}}", work.read_document),
    _call("GET", f"{_ONE}/notes", work.read_notes),
    _call("POST", f"{_ONE}/notes", work.add_note),
    _call("POST", f"{_ONE}/transfer", work.transfer),
    _call("DELETE", f"{_ONE}/transfer", work.end_transfer),
    _call("POST", f"{_ONE}/snooze", work.snooze),
    _call("PUT", f"{_ONE}/labels", work.set_labels),
    _call("GET", f"{_ONE}/answers", work.read_answers),
    _call("POST", f"{_ONE}/cards", work.send_cards),
    _call("POST", f"{_ONE}/quotes", work.send_quote),
    _call("POST", f"{_ONE}/photo-requests", work.ask_photo),
    _call("POST", f"{_ONE}/files", work.send_file),
    _call("POST", f"{_ONE}/take-over", work.take_over, "supervisor"),
    _call("POST", f"{_ONE}/reassign", work.reassign, "supervisor"),
    _call("GET", "/board", work.read_board, "supervisor"),
    _call("GET", "/report", reports.read_report, "supervisor"),
    _call("GET", "/report.csv", reports.read_report_file, "supervisor"),
    _call("PUT", "/quotas/{month}/{team}", reports.set_quota, "admin"),
    _call("GET", "/answers", manage.list_answers),
    _call("POST", "/answers", manage.create_answer, "supervisor"),
    _call("PUT", "/answers/{answer_id}", manage.change_answer, "supervisor"),
    _call("DELETE", "/answers/{answer_id}", manage.remove_answer, "supervisor"),
    _call("GET", "/agents", manage.list_agents, "admin"),
    _call("POST", "/agents", manage.invite, "admin", by_token=False),
    _call("PATCH", "/agents/{agent_id}", manage.change_agent, "admin", by_token=False),
    _call("POST", "/agents/{agent_id}/link", manage.create_link, "admin", by_token=False),
    _call("DELETE", "/agents/{agent_id}/totp", manage.reset_totp, "admin", by_token=False),
    _call("GET", "/teams", manage.list_teams, "admin"),
    _call("POST", "/teams", manage.create_team, "admin"),
    _call("PUT", "/teams/{team_id}", manage.change_team, "admin"),
    _call("GET", "/rules", manage.list_rules, "admin"),
    _call("POST", "/rules", manage.add_rule, "admin"),
    _call("DELETE", "/rules/{rule_id}", manage.remove_rule, "admin"),
    _call("GET", "/money", money.read_money, "admin"),
    _call("PUT", "/money", money.change_money, "admin"),
    _call("POST", "/money/limits", money.add_limit, "admin"),
    _call("DELETE", "/money/limits/{limit_id}", money.drop_limit, "admin"),
    _call("GET", "/webhooks", manage.list_webhooks, "admin"),
    _call("POST", "/webhooks", manage.create_webhook, "admin"),
    _call("PATCH", "/webhooks/{webhook_id}", manage.change_webhook, "admin"),
    _call("DELETE", "/webhooks/{webhook_id}", manage.remove_webhook, "admin"),
    _call("GET", "/webhooks/{webhook_id}/deliveries", manage.list_deliveries, "admin"),
    _call("POST", "/deliveries/{delivery_id}/again", manage.send_again, "admin"),
    _call("GET", "/audit", manage.read_audit, "admin"),
]

page_routes: list[BaseRoute] = [
    Route("/files/{file_id}/{name}", files.hand_out, methods=["GET"]),
    folder("/desk/static", Path(__file__).parent / "static", "desk-static"),
    Route("/desk/sign-in", pages.sign_in, methods=["GET"]),
    Route("/desk/setup/{token}", pages.set_up, methods=["GET"]),
    Route("/desk/account", agent_page(pages.account), methods=["GET"]),
    Route("/desk/board", agent_page(pages.board, "supervisor"), methods=["GET"]),
    Route("/desk/reports", agent_page(reports.reports, "supervisor"), methods=["GET"]),
    Route("/desk/answers", agent_page(pages.answers, "supervisor"), methods=["GET"]),
    Route("/desk/agents", agent_page(pages.agents, "admin"), methods=["GET"]),
    Route("/desk/teams", agent_page(pages.teams, "admin"), methods=["GET"]),
    Route("/desk/money", agent_page(money.page, "admin"), methods=["GET"]),
    Route("/desk/webhooks", agent_page(pages.webhooks, "admin"), methods=["GET"]),
    Route("/desk/audit", agent_page(pages.audit, "admin"), methods=["GET"]),
    Route("/desk", agent_page(pages.desk), methods=["GET"]),
    Route("/desk/", _to_desk, methods=["GET"]),
    Route("/desk/conversations/{conversation_id}", agent_page(pages.desk), methods=["GET"]),
]

routes: list[BaseRoute] = [
    *api_routes,
    *page_routes,
    Route(API, AnyMethod(agent_call(_no_call))),
    Route(API + "/{rest:path}", AnyMethod(agent_call(_no_call))),
    Route("/desk/{rest:path}", AnyMethod(agent_page(pages.not_found))),
]
