"""The documentation names what there is: settings, commands, API calls, dependencies, links and rooms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields

import pytest
import typer
import yaml
from starlette.routing import BaseRoute, Mount, Route

from bot.__main__ import cli
from bot.gateway.app import create_app
from bot.settings import ROOT, Settings
from bot.shop.importing import FORMATS, KINDS

DOCS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.glob("docs/*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEPLOYMENT = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "deploy").iterdir()))
COMMANDS = typer.main.get_command(cli).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [f"DUKAN_{field.name.upper()}" for field in fields(Settings)])
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS["docs/settings.md"]


def test_no_setting_is_documented_that_is_not_there() -> None:
    known = {f"DUKAN_{field.name.upper()}" for field in fields(Settings)}
    named = set(re.findall(r"\bDUKAN_[A-Z_]+\b", README + DEPLOYMENT + "".join(DOCS.values())))
    assert named <= known | {"DUKAN_OUTSIDE_DATA"}


@pytest.mark.parametrize("name", sorted(name for name, command in COMMANDS.items() if not command.hidden))
def test_every_command_is_documented_with_its_options(name: str) -> None:
    section = re.search(rf"^## {name}$.*?(?=^## |\Z)", DOCS["docs/commands.md"], re.DOTALL | re.MULTILINE)
    assert section and f"python -m bot {name}" in section[0]
    for parameter in COMMANDS[name].params:
        for written in [option for option in parameter.opts if option.startswith("--")] or [parameter.name.upper()]:
            assert f"`{written}" in section[0], written


@pytest.mark.parametrize("name", [*KINDS, *FORMATS])
def test_every_kind_and_format_of_an_import_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS["docs/commands.md"]


def test_no_command_is_documented_that_is_not_there() -> None:
    assert set(re.findall(r"python -m bot (\w+)", README + DEPLOYMENT + "".join(DOCS.values()))) <= set(COMMANDS)


def test_containers_run_commands_that_there_are() -> None:
    run = set(re.findall(r"\[\"?python\"?, \"?-m\"?, \"?bot\"?, \"?(\w+)\"?\]", DEPLOYMENT))
    assert run == {"migrate", "serve"} and run <= set(COMMANDS)


def _routes(routes: Iterable[BaseRoute], prefix: str = "") -> set[tuple[str, str]]:
    """Method and path of every call; a route for any method is there to say that there is no such call."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        if isinstance(route, Mount):
            found |= _routes(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            path = re.sub(r":\w+}", "}", prefix + route.path)
            found |= {(method, path) for method in (route.methods or set()) - {"HEAD"}}
    return found


def test_the_api_document_names_every_call_and_no_other() -> None:
    paths = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["paths"]
    documented = {(method.upper(), path) for path, calls in paths.items() for method in calls if method != "parameters"}
    served = _routes(create_app().routes)
    assert {call for call in served if call[1].startswith(("/api/", "/webhooks/", "/health"))} == documented


def test_every_dependency_is_named_with_its_reason() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = re.findall(r'^    "([a-z0-9-]+)[<>=~]', project, re.MULTILINE)
    assert len(names) > 30
    missing = [name for name in names if not re.search(rf"\b{re.escape(name)}\b", DOCS["docs/dependencies.md"])]
    assert not missing


@pytest.mark.parametrize("page", ["README.md", *DOCS])
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (folder / target).exists(), target


def test_the_lock_names_no_place_to_download_from() -> None:
    assert "://" not in (ROOT / "uv.lock").read_text(encoding="utf-8")
