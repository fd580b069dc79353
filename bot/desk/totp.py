"""One-time codes beside the password (TOTP, RFC 6238): set up with an authenticator app, each code good once."""

from __future__ import annotations

import pyotp
import segno
from sqlalchemy import select, update

from bot.clock import now
from bot.db.models import Agent
from bot.db.session import reading, writing

STEP = 30  # seconds a code is shown
DRIFT = 1  # steps that a phone's clock may be off


def is_on(agent_id: int) -> bool:
    """Whether an account asks for a code."""
    with reading() as session:
        return session.scalar(select(Agent.totp_since).where(Agent.id == agent_id)) is not None


def begin(agent_id: int, email: str) -> tuple[str, str]:
    """A new secret for an account, not in force before `confirm`: the secret, and its QR code as an SVG image.

    Nothing changes while codes are already in force.
    """
    secret = pyotp.random_base32()
    with writing() as session:
        session.execute(
            update(Agent)
            .where(Agent.id == agent_id, Agent.totp_since.is_(None))
            .values(totp_secret=secret, totp_step=0)
        )
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Dukan")
    image: str = segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff")
    return secret, image


def use(agent_id: int, code: str) -> bool:
    """Whether a code is right now and was not used before; it is used up by asking."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        return False
    with reading() as session:
        secret = session.scalar(select(Agent.totp_secret).where(Agent.id == agent_id))
    if not secret:
        return False
    present = int(now().timestamp()) // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * STEP), digits):
            with writing() as session:
                used = session.execute(
                    update(Agent).where(Agent.id == agent_id, Agent.totp_step < step).values(totp_step=step)
                )
                return bool(used.rowcount)
    return False


def confirm(agent_id: int, code: str) -> bool:
    """Put a secret in force, once the app has shown a right code for it."""
    if is_on(agent_id) or not use(agent_id, code):
        return False
    with writing() as session:
        session.execute(update(Agent).where(Agent.id == agent_id).values(totp_since=now()))
    return True


def turn_off(agent_id: int) -> None:
    """Ask an account for no code any more."""
    with writing() as session:
        session.execute(
            update(Agent).where(Agent.id == agent_id).values(totp_secret=None, totp_since=None, totp_step=0)
        )
