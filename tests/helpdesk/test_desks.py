"""Which help desk is in use, and that half a configuration is refused at start."""

from __future__ import annotations

import pytest

from bot.helpdesk.desks import desk_in_use
from bot.settings import SettingsError, read, settings
from tests.helpdesk.conftest import Configure

WHOLE = {
    "DUKAN_HELPDESK": "chatwoot",
    "DUKAN_HELPDESK_URL": "https://chat.example",
    "DUKAN_HELPDESK_ACCOUNT": "1",
    "DUKAN_HELPDESK_INBOX": "2",
    "DUKAN_HELPDESK_TOKEN": "t",
    "DUKAN_HELPDESK_SECRET": "s",
}


@pytest.mark.parametrize("missing", sorted(set(WHOLE) - {"DUKAN_HELPDESK"}))
def test_what_lacks_is_named(missing: str) -> None:
    assert read(WHOLE).helpdesk == "chatwoot"
    with pytest.raises(SettingsError, match=missing):
        read({name: value for name, value in WHOLE.items() if name != missing})


@pytest.mark.parametrize(
    "wrong", [{"DUKAN_HELPDESK": "zendesk"}, {"DUKAN_HELPDESK": "email"}, {"DUKAN_IMAP_SECURITY": "maybe"}]
)
def test_what_cannot_be_used_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read(wrong)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_desk_is_the_one_that_is_set(configure: Configure) -> None:
    assert desk_in_use() is None
    configure(**{name.removeprefix("DUKAN_").lower(): value for name, value in WHOLE.items()})
    desk = desk_in_use()
    assert desk is not None and desk.name == "chatwoot"
    configure(helpdesk_teams=" service , ,vip")
    assert settings().desk_teams == {"service", "vip"}
