"""A real IMAP server for tests, on a free port, with one mailbox that is emptied before each test."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp

from tests.postgres import free_port

USER, PASSWORD = "desk@shop.example", "letters"
_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = maildir:{folder}/mail
first_valid_uid = {uid}
first_valid_gid = {gid}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def binary() -> str | None:
    """Dovecot's program, if it is installed."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Dovecot:
    """The server; it keeps mail as the user who runs the tests, or as nobody where that is root."""

    def __init__(self) -> None:
        program = binary()
        assert program is not None
        self.folder = Path(mkdtemp(prefix="dovecot-"))
        self.port = free_port()
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o755)
        config = self.folder / "dovecot.conf"
        group = grp.getgrgid(owner.pw_gid).gr_name
        values = {"uid": owner.pw_uid, "gid": owner.pw_gid, "user": owner.pw_name, "group": group}
        config.write_text(_CONFIG.format(folder=self.folder, port=self.port, password=PASSWORD, **values))
        self._process = subprocess.Popen([program, "-F", "-c", str(config)], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None or time.monotonic() > end:
                log = self.folder / "log"
                raise RuntimeError(log.read_text() if log.exists() else "Dovecot did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it and drop its mail."""
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, raw: bytes) -> None:
        """A message arrives in the mailbox."""
        with self._open() as server:
            server.append("INBOX", "", "", raw)

    def flags(self) -> list[str]:
        """The flags of all messages, oldest first."""
        with self._open() as server:
            server.select("INBOX")
            _, found = server.fetch("1:*", "(FLAGS)")
            return [part.decode() for part in found if part]

    def empty(self) -> None:
        """Drop all messages."""
        with self._open() as server:
            server.select("INBOX")
            if server.search(None, "ALL")[1] == [b""]:
                return
            server.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
            server.expunge()

    def _open(self) -> imaplib.IMAP4:
        server = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        server.login(USER, PASSWORD)
        return server
