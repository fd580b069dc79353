"""E-mail as the outside desk, over a real SMTP and a real IMAP server; spoofed senders, forged addresses, headers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage, Message
from email.utils import make_msgid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

from bot.conversation import assignment, inbox, ownership
from bot.helpdesk import letters, liaison
from bot.helpdesk.desks import desk_in_use
from bot.helpdesk.letters import NotAnAnswer
from bot.settings import Settings, settings
from tests.helpdesk import dovecot
from tests.helpdesk.conftest import Configure, hand_over, heard, no_pauses, owner, says, ticket
from tests.helpdesk.dovecot import Dovecot
from tests.smtp import MailServer

TEAM, MAILBOX = "team@support.example", "desk@shop.example"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def imap() -> Iterator[Dovecot]:
    """The mail server that keeps the mailbox."""
    if dovecot.binary() is None:
        pytest.skip("Dovecot is not installed (Debian's package dovecot-imapd)")
    server = Dovecot()
    yield server
    server.stop()


@pytest.fixture
def mailbox(imap: Dovecot) -> Dovecot:
    """The mailbox, empty."""
    imap.empty()
    return imap


@pytest.fixture
def team(mailbox: Dovecot, configure: Configure) -> Iterator[MailServer]:
    """The team's own mail server, where letters arrive; Service's customers are sent there."""
    server = MailServer().start()
    configure(
        helpdesk="email",
        helpdesk_teams="service",
        helpdesk_email=TEAM,
        helpdesk_reply_to=MAILBOX,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_from="Shop <no-reply@shop.example>",
        imap_host="127.0.0.1",
        imap_port=mailbox.port,
        imap_security="none",
        imap_user=dovecot.USER,
        imap_password=dovecot.PASSWORD,
    )
    yield server
    server.stop()


def _run(work: Any) -> Any:
    async def with_desk() -> Any:
        desk = desk_in_use()
        assert desk is not None
        return await work(desk)

    return asyncio.run(with_desk())


def _send() -> int:
    sent = 0
    while tried := _run(liaison.send_due):
        sent += tried
    return sent


def _collect() -> int:
    return int(_run(liaison.collect))


def _reply(letter: Message, text: str, **headers: str) -> EmailMessage:
    """An answer to a letter, as mail programs write it."""
    reply = EmailMessage()
    quoted = "\n".join(f"> {line}" for line in str(letter.get_payload(decode=True), "utf-8").split("\n"))
    given = {
        "From": f"Mona <{TEAM}>",
        "To": letter["Reply-To"],
        "Subject": f"Re: {letter['Subject']}",
        "Message-ID": make_msgid(domain="support.example"),
        "In-Reply-To": letter["Message-ID"],
        "References": letter["Message-ID"],
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in given.items():
        if value:
            reply[name] = value
    reply.set_content(f"{text}\n\nOn Mon, 23 Nov 2026 at 15:00, Shop <no-reply@shop.example> wrote:\n{quoted}\n")
    return reply


def test_a_conversation_is_a_letter_and_answers_go_to_the_customer(team: MailServer, mailbox: Dovecot) -> None:
    talk = hand_over("Where is my sofa?", summary={"need": "late sofa"})
    says(talk, "It was due on Monday")
    assert _send() == 2 and owner(talk) == "agent"
    first, second = team.messages
    text = first.get_content()  # type: ignore[attr-defined]
    assert first["To"] == TEAM and first["Auto-Submitted"] is None
    assert "late sofa" in text and "Where is my sofa?" in text and "above this line" in text
    assert second["In-Reply-To"] == first["Message-ID"] and "It was due on Monday" in second.get_content()  # type: ignore[attr-defined]
    assert second["Subject"] == f"Re: {first['Subject']}" and second["Message-ID"] != first["Message-ID"]

    mailbox.deliver(_reply(second, "It arrives tomorrow.\n\nMona").as_bytes())
    assert _collect() == 1 and _collect() == 0
    assert heard(talk) == ["It arrives tomorrow.\n\nMona"]
    mailbox.deliver(_reply(first, "See you.\n#done").as_bytes())
    assert _collect() == 1 and heard(talk)[-1] == "See you." and owner(talk) == "closed"
    assert all(r"\Seen" in flags and "Flagged" not in flags for flags in mailbox.flags())


def test_given_back_to_the_bot_and_taken_up_again(team: MailServer, mailbox: Dovecot) -> None:
    talk = hand_over()
    _send()
    mailbox.deliver(_reply(team.messages[0], "#المساعد").as_bytes())
    assert _collect() == 1 and owner(talk) == "bot" and heard(talk) == []
    mailbox.deliver(_reply(team.messages[0], "نسيت أن أقول: الضمان سنتان.").as_bytes())
    assert _collect() == 1 and heard(talk) == ["نسيت أن أقول: الضمان سنتان."] and owner(talk) == "agent"


def test_the_same_answer_twice_is_said_once(team: MailServer, mailbox: Dovecot) -> None:
    talk = hand_over()
    _send()
    answer = _reply(team.messages[0], "Once.").as_bytes()
    for _ in range(3):  # delivered twice by the mail, and read again by a process that died before it marked it
        mailbox.deliver(answer)
    _collect()
    assert heard(talk) == ["Once."]


def test_a_letter_sent_again_bears_the_same_name(team: MailServer) -> None:
    hand_over()
    ((row, first),) = liaison._claim()
    _run(lambda desk: liaison._hand(desk, row, first))  # … and the process died
    no_pauses()
    assert _send() == 1 and len(team.messages) == 2 and len({each["Message-ID"] for each in team.messages}) == 1


def test_while_the_mail_server_refuses_our_own_people_take_over(team: MailServer) -> None:
    team.refuse = True
    talk = hand_over()
    for _ in range(liaison.OPENED_WITHIN + 1):
        assert _send() == 1
        no_pauses()
    assert liaison.rescue() == 1 and owner(talk) == "queue" and assignment.sweep() >= 0
    assert owner(talk) == "queue" and _send() == 0


@on_sqlite
def test_the_answer_is_matched_by_its_names_where_the_address_was_lost(team: MailServer, mailbox: Dovecot) -> None:
    talk = hand_over()
    _send()
    mailbox.deliver(_reply(team.messages[0], "Matched.", To=MAILBOX).as_bytes())
    mailbox.deliver(_reply(team.messages[0], "By address.", In_Reply_To="", References="").as_bytes())
    html = _reply(team.messages[0], "")
    html.set_content("<p>With <b>style</b>.</p><script>x</script><blockquote>&gt; old</blockquote>", subtype="html")
    mailbox.deliver(html.as_bytes())
    assert _collect() == 3 and heard(talk) == ["Matched.", "By address.", "With style."]


@on_sqlite
def test_spoofed_forged_and_written_by_machines(team: MailServer, mailbox: Dovecot) -> None:
    talk = hand_over()
    _send()
    letter = team.messages[0]
    tag = letter["Reply-To"].split("+")[1].split("@")[0]
    number, signed = tag.split(".")
    other = f"desk+{int(number) + 1}.{signed}@shop.example"
    lost = {"In_Reply_To": "", "References": ""}
    bad = [
        _reply(letter, "x", From="Eve <eve@evil.example>"),
        _reply(letter, "x", From=f'"{TEAM}" <eve@evil.example>'),
        _reply(letter, "x", From=f"eve@evil.example ({TEAM})"),
        _reply(letter, "x", From=f"{TEAM}.evil.example"),
        _reply(letter, "x", To=other, **lost),
        _reply(letter, "x", To=f"desk+{number}.{'a' * 24}@shop.example", **lost),
        _reply(letter, "x", To=MAILBOX, **lost),
        _reply(letter, "x", To=MAILBOX, References="", In_Reply_To=f"<dukan.{number}.{'b' * 24}.open@shop.example>"),
        _reply(letter, "x", Auto_Submitted="auto-replied"),
        _reply(letter, "x", Precedence="bulk"),
        _reply(letter, "x", X_Autoreply="yes"),
        _reply(letter, "x", Return_Path="<>"),
        _reply(letter, ""),
    ]
    two = _reply(letter, "x").as_bytes().replace(b"From:", b"From: eve@evil.example\nFrom:", 1)
    for message in (*(each.as_bytes() for each in bad), two, b"", b"\xff\xfe\x00", b"x" * (6 * 1024 * 1024)):
        mailbox.deliver(message or b"\r\n")
    assert _collect() == 0 and heard(talk) == [] and owner(talk) == "agent"
    assert all("Flagged" in flags for flags in mailbox.flags()), "somebody can look at them"


@on_sqlite
def test_where_the_mail_server_says_who_is_genuine_it_is_believed(
    team: MailServer, mailbox: Dovecot, configure: Configure
) -> None:
    configure(helpdesk_authserv="mx.shop.example", helpdesk_senders="support.example")
    talk = hand_over()
    _send()
    passed, failed = (f"mx.shop.example; dmarc={word} header.from=support.example" for word in ("pass", "fail"))
    mona = {"From": "Mona <mona@support.example>"}
    mailbox.deliver(_reply(team.messages[0], "unsigned", **mona).as_bytes())
    mailbox.deliver(
        _reply(team.messages[0], "elsewhere", **mona, Authentication_Results=passed.replace("shop", "e")).as_bytes()
    )
    theirs = passed.replace("support", "evil")  # genuine, but not who the sender is read to be
    mailbox.deliver(_reply(team.messages[0], "their own", **mona, Authentication_Results=theirs).as_bytes())
    mailbox.deliver(
        _reply(team.messages[0], "no from", **mona, Authentication_Results=passed.split(" header")[0]).as_bytes()
    )
    forged = _reply(team.messages[0], "forged", **mona, Authentication_Results=passed).as_bytes()
    mailbox.deliver(f"Authentication-Results: {failed}\n".encode() + forged)
    mailbox.deliver(_reply(team.messages[0], "genuine", **mona, Authentication_Results=passed).as_bytes())
    assert _collect() == 1 and heard(talk) == ["genuine"]


@on_sqlite
def test_what_customers_write_stays_out_of_the_headers(team: MailServer) -> None:
    talk = hand_over("Hi\r\nBcc: eve@evil.example\r\n\r\nx", summary={"need": "a\r\nBcc: eve@evil.example"})
    says(talk, "\r\nTo: eve@evil.example\r\n.\r\nMAIL FROM:<eve@evil.example>")
    assert _send() == 2
    for letter in team.messages:
        assert letter["Bcc"] is None and letter.get_all("To") == [TEAM] and "eve" not in str(letter["Subject"])
    assert "MAIL FROM" in team.last_text()
    assert letters.one_line("a\r\nBcc: b\u202e\x00") == "a Bcc: b"


@on_sqlite
def test_long_names_are_not_broken(team: MailServer, configure: Configure) -> None:
    configure(helpdesk_reply_to=f"desk@{'customer-care.' * 5}shop.example", smtp_from="دكان <no-reply@shop.example>")
    talk = hand_over()
    says(talk, "more")
    assert _send() == 2
    first, second = (dict(letter.raw_items()) for letter in team.messages)  # type: ignore[attr-defined]
    assert "=?" not in second["In-Reply-To"] and second["In-Reply-To"].strip() == first["Message-ID"].strip()
    assert second["References"].strip() == first["Message-ID"].strip() and "@customer-care." in first["Reply-To"]


@on_sqlite
def test_a_photo_is_a_link(team: MailServer) -> None:
    talk = hand_over()
    _send()
    inbox.receive(talk, "upload-7", "I've sent a photo", '/answer{"pick":"uploaded"}')
    assert _send() == 1 and "/service/photo/" in team.last_text()


@on_sqlite
def test_a_mailbox_that_cannot_be_read_keeps_what_is_in_it(
    team: MailServer, mailbox: Dovecot, configure: Configure
) -> None:
    talk = hand_over()
    _send()
    mailbox.deliver(_reply(team.messages[0], "Patience.").as_bytes())
    for wrong in ({"imap_password": "wrong"}, {"imap_folder": "Nowhere"}, {"imap_port": 9}):
        right = {name: getattr(settings(), name) for name in wrong}
        configure(**wrong)
        with pytest.raises(ConnectionError):
            _collect()
        configure(**right)
    assert _collect() == 1 and heard(talk) == ["Patience."]


@on_sqlite
def test_after_a_colleague_took_over_the_team_is_told(team: MailServer, mailbox: Dovecot, database: str) -> None:
    talk = hand_over()
    _send()
    assert ownership.leave_queue(talk) and _send() == 1
    assert "goes on with the assistant" in team.last_text() and ticket(talk).state == "open"


RULES = Settings(helpdesk_reply_to=MAILBOX, helpdesk_email=TEAM, secret_key="k" * 32)


@few(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=2000), tagged=st.booleans())
def test_no_message_breaks_the_reading(raw: bytes, tagged: bool) -> None:
    head = f"To: {letters.reply_address(RULES, 4)}\nFrom: {TEAM}\n".encode() if tagged else b""
    with suppress(NotAnAnswer):
        assert letters.read(head + raw, RULES, ()).ticket_id == 4


HEADERS = [
    "Content-Type: ",
    "Content-Transfer-Encoding: ",
    "Content-Disposition: ",
    "Message-ID: ",
    "Subject: ",
    "To: ",
    "\n\n",
]


@few(max_examples=300, deadline=None)
@given(lines=st.lists(st.tuples(st.sampled_from(HEADERS), st.text(max_size=60)), max_size=8))
def test_no_header_breaks_the_reading(lines: list[tuple[str, str]]) -> None:
    head = f"To: {letters.reply_address(RULES, 4)}\nFrom: {TEAM}\n"
    raw = head + "\n".join(name + value for name, value in lines)
    with suppress(NotAnAnswer):
        letters.read(raw.encode(errors="surrogatepass"), RULES, ())
