"""Every setting of Dukan: its name in the environment, its default and its meaning.

Read once per process through `settings()`; nothing else looks at the environment.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "DUKAN_"


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message says which and why."""


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Settings:
    """The settings of one running copy. The environment name is `DUKAN_` + the field's name."""

    host: str = _setting("127.0.0.1", "Address the gateway listens on; `0.0.0.0` behind a reverse proxy.")
    port: int = _setting(8000, "Port of the gateway, the only public process.")
    public_url: str = _setting("", "Address customers and agents use, when it is not `http://localhost:PORT`.")
    state_dir: Path = _setting(ROOT / "var", "Folder for everything written at run time.")
    database_url: str = _setting("", "SQLAlchemy URL of the database; empty means SQLite in the state folder.")
    model_dir: str = _setting("", "Folder of trained models; empty means `models` in the state folder.")
    rasa_url: str = _setting("", "Address of Rasa; empty lets the supervisor start it on a free loopback port.")
    actions_url: str = _setting("", "Address of the action server; empty lets the supervisor start it.")
    internal_token: str = _setting("", "Secret between the processes; empty keeps one in the state folder.")
    secret_key: str = _setting("", "Secret that signs conversation tokens; empty keeps one in the state folder.")
    identity_secret: str = _setting("", "Secret a shop signs its customers' identity with (HS256); empty turns it off.")
    api_key: str = _setting("", "Bearer key of the Rasa-compatible REST webhook; empty turns that webhook off.")
    allowed_origins: str = _setting("", "Comma-separated origins of web pages that may embed the widget.")
    trusted_proxies: int = _setting(0, "Number of reverse proxies whose X-Forwarded-For entries are believed.")
    message_rate: float = _setting(2.0, "Messages per second one conversation may send on average.")
    message_burst: int = _setting(15, "Messages one conversation may send at once before the rate applies.")
    conversation_rate: float = _setting(5.0, "Conversations per second one address may open on average.")
    conversation_burst: int = _setting(60, "Conversations one address may open at once before the rate applies.")
    caller_misses: int = _setting(20, "Wrong tries to prove an order, and wrong coupons, of one caller in a day.")
    session_minutes: int = _setting(60, "Minutes of silence after which a customer's verification ends.")
    smtp_host: str = _setting("", "Mail server for one-time codes and receipts; empty sends no e-mail.")
    smtp_port: int = _setting(25, "Port of the mail server.")
    smtp_security: str = _setting("none", "`starttls` to encrypt the way to the mail server, or `none`.")
    smtp_user: str = _setting("", "Name to sign in to the mail server with; empty signs in to none.")
    smtp_password: str = _setting("", "Password for it.")
    smtp_from: str = _setting("", "Address e-mails come from; empty is no-reply at the mail server's name.")
    helpdesk: str = _setting("", "Outside help desk that answers: `chatwoot` or `email`; empty leaves it to the desk.")
    helpdesk_teams: str = _setting("", "Comma-separated codes of the teams it answers for; empty means all.")
    helpdesk_url: str = _setting("", "Chatwoot: address of the installation.")
    helpdesk_account: int = _setting(0, "Chatwoot: number of the account.")
    helpdesk_inbox: int = _setting(0, "Chatwoot: number of the inbox, of the kind API.")
    helpdesk_token: str = _setting("", "Chatwoot: access token of an agent of that inbox.")
    helpdesk_secret: str = _setting("", "Chatwoot: secret of its webhook.")
    helpdesk_email: str = _setting("", "E-mail: address conversations are sent to; `DUKAN_SMTP_HOST` sends them.")
    helpdesk_reply_to: str = _setting("", "E-mail: address of the mailbox that answers come back to.")
    helpdesk_senders: str = _setting(
        "", "E-mail: addresses or domains that may answer; empty means `helpdesk_email`'s."
    )
    helpdesk_authserv: str = _setting("", "E-mail: mail server whose Authentication-Results must say `pass`.")
    imap_host: str = _setting("", "Mail server of that mailbox.")
    imap_port: int = _setting(993, "Port of that server.")
    imap_security: str = _setting("tls", "`tls`, `starttls`, or `none` to read the mailbox without encryption.")
    imap_user: str = _setting("", "Name to read the mailbox with.")
    imap_password: str = _setting("", "Password for it.")
    imap_folder: str = _setting("INBOX", "Folder that answers arrive in.")
    quiet_from: int = _setting(21, "Hour of the day, at the shop, from which no follow-up is sent.")
    quiet_until: int = _setting(9, "Hour of the day, at the shop, from which follow-ups are sent again.")
    appointment_seats: int = _setting(1, "Appointments that a branch or a team can keep at the same time.")
    report_to: str = _setting("", "Comma-separated addresses that get the weekly summary; empty sends none.")
    metrics_token: str = _setting("", "Bearer token for /metrics from other machines; empty answers this one only.")
    keep_conversations_days: int = _setting(730, "Days of silence after which what was said is deleted; 0 keeps it.")
    keep_trails_days: int = _setting(180, "Days for which the dialogue's events are kept; 0 keeps them.")
    keep_leads_days: int = _setting(730, "Days without a change after which a lead is deleted; 0 keeps it.")
    keep_orders_days: int = _setting(3650, "Days after which orders and idle customers lose who it was; 0 keeps it.")
    keep_audit_days: int = _setting(730, "Days for which the audit log is kept; 0 keeps it.")
    keep_traces_days: int = _setting(30, "Days for which codes, attempts and sent events are kept; 0 keeps them.")
    log_level: str = _setting("INFO", "Level of the logs: DEBUG, INFO, WARNING or ERROR.")

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise SettingsError(f"{PREFIX}PORT must be between 1 and 65535, not {self.port}")
        if not (0 <= self.quiet_from <= 23 and 0 <= self.quiet_until <= 23):
            raise SettingsError(f"{PREFIX}QUIET_FROM and {PREFIX}QUIET_UNTIL are hours between 0 and 23")
        if self.appointment_seats < 1:
            raise SettingsError(f"{PREFIX}APPOINTMENT_SEATS must be 1 or more, not {self.appointment_seats}")
        self._check_helpdesk()
        for name in (item.name for item in fields(self) if item.name.startswith("keep_")):
            if getattr(self, name) < 0:
                raise SettingsError(f"{PREFIX}{name.upper()} must be 0 or more, not {getattr(self, name)}")
        if self.smtp_security not in ("none", "starttls"):
            raise SettingsError(f"{PREFIX}SMTP_SECURITY is starttls or none, not {self.smtp_security!r}")

    def _check_helpdesk(self) -> None:
        needs = {
            "": (),
            "chatwoot": ("helpdesk_url", "helpdesk_account", "helpdesk_inbox", "helpdesk_token", "helpdesk_secret"),
            "email": ("smtp_host", "helpdesk_email", "helpdesk_reply_to", "imap_host", "imap_user"),
        }
        if self.helpdesk not in needs:
            raise SettingsError(f"{PREFIX}HELPDESK is chatwoot or email, not {self.helpdesk!r}")
        missing = [f"{PREFIX}{name.upper()}" for name in needs[self.helpdesk] if not getattr(self, name)]
        if missing:
            raise SettingsError(f"{PREFIX}HELPDESK={self.helpdesk} needs {', '.join(missing)}")
        if self.imap_security not in ("tls", "starttls", "none"):
            raise SettingsError(f"{PREFIX}IMAP_SECURITY is tls, starttls or none, not {self.imap_security!r}")

    @property
    def desk_teams(self) -> frozenset[str]:
        """Codes of the teams that an outside help desk answers for; none means all."""
        return frozenset(code.strip() for code in self.helpdesk_teams.split(",") if code.strip())

    @cached_property
    def database(self) -> str:
        """SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.state_dir / 'dukan.db'}"

    @property
    def models(self) -> Path:
        """Folder of trained models in force."""
        return Path(self.model_dir) if self.model_dir else self.state_dir / "models"

    @property
    def url(self) -> str:
        """Address that links shown to people start with, without a final slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    def secret(self, name: str) -> str:
        """The secret `internal_token` or `secret_key`: as set, or else one kept in the state folder.

        Several processes may ask at the same time: the first to create the file wins.
        """
        value = getattr(self, name)
        if value:
            return str(value)
        folder = self.state_dir / "secrets"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / name
        if not path.exists():
            draft = folder / f".{name}.{os.getpid()}"
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(32))
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path.read_text().strip()


def read(environment: dict[str, str]) -> Settings:
    """Settings from an environment.

    Raises:
        SettingsError: a value that cannot be used.
    """
    values: dict[str, Any] = {}
    for item in fields(Settings):
        raw = environment.get(PREFIX + item.name.upper())
        if raw is None or raw == "":
            continue
        kind: type[Any] = type(item.default)
        try:
            values[item.name] = Path(raw).expanduser().resolve() if issubclass(kind, Path) else kind(raw)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{item.name.upper()}: {raw!r} is not a {kind.__name__}") from error
    return Settings(**values)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    return read(dict(os.environ))
