"""HTML bodies become paragraphs and facts."""

from __future__ import annotations

import time

import pytest

from bot.shop.importing.markup import read_body


def test_paragraphs_lists_and_tables_read_as_text() -> None:
    body = read_body(
        "<h2>Quiet&nbsp;fan</h2><p>Cools <b>large</b> rooms.<br>Sleeps with you.</p>"
        "<ul><li>Noise: 24 dB</li><li>Remote control</li></ul>"
        "<table><tr><th>Weight</th><td>3.2 kg</td></tr><tr><td>Speeds<td>6</table>"
        "<dl><dt>Colour<dd>White</dl><p></p>tail"
    )
    assert body.text == (
        "Quiet fan\n\nCools large rooms.\nSleeps with you.\n\n- Noise: 24 dB\n- Remote control\n\n"
        "Weight: 3.2 kg\nSpeeds: 6\n\nColour\nWhite\n\ntail"
    )
    assert dict(body.facts) == {"Noise": "24 dB", "Weight": "3.2 kg", "Speeds": "6", "Colour": "White"}


def test_scripts_styles_and_comments_are_not_text() -> None:
    source = "<style>p{color:red}</style><script>alert('<p>x</p>')</script><!-- hidden --><p onclick='x()'>Seen</p>"
    assert read_body(source).text == "Seen"


def test_arabic_facts() -> None:
    facts = dict(read_body("<ul><li>السعة: ٥ لترات</li><li><strong>القدرة:</strong> 1500 واط</li></ul>").facts)
    assert facts == {"السعة": "٥ لترات", "القدرة": "1500 واط"}


def test_plain_and_escaped_bodies() -> None:
    assert read_body("Just text.\n\nTwo paragraphs & more.").text == "Just text.\n\nTwo paragraphs & more."
    assert read_body("&lt;p&gt;Escaped &amp;amp; kept&lt;/p&gt;").text == "Escaped & kept"
    assert read_body("3 < 5 and 7 > 2").text == "3 < 5 and 7 > 2"


def test_sentences_and_addresses_are_no_facts() -> None:
    text = "<p>Please note: colours vary</p><p>Our five word long name: x</p>"
    text += "<p>https://example.com/a</p><p>Time 12:30 sharp</p>"
    assert read_body(text).facts == []


@pytest.mark.parametrize(
    "source",
    [
        "<a " * 30_000,
        "<!--" * 25_000,
        "<" * 100_000,
        "</" * 50_000,
        "<div>" * 20_000,
        "<![x foo",
        "&" * 99_999,
        "x" * 10**6,
    ],
    ids=lambda source: f"{source[:5]}…",
)
def test_broken_bodies_end_soon(source: str) -> None:
    started = time.process_time()
    assert isinstance(read_body(source).text, str)
    assert time.process_time() - started < 2
