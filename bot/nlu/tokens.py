"""Pipeline component that cuts messages into words with spaCy's rules for English and Arabic."""

from __future__ import annotations

import re
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

from bot.nlu.language import LANG

_SURROGATE = re.compile("[\ud800-\udfff]")


MESSAGES_KEPT = 200


class Words:
    """The words of a language, cut by spaCy's rules.

    How words are cut is remembered, which spares most of the work; and it is forgotten after some messages, so
    that what customers write does not pile up in memory. Not for several threads at once.
    """

    def __init__(self, language: str) -> None:
        self._pipeline: Language = spacy.blank(language)
        self._zone = ExitStack()
        self._messages = 0

    def cut(self, text: str) -> list[tuple[str, int]]:
        """The words of a text, each with its place."""
        if self._messages % MESSAGES_KEPT == 0:
            self._zone.close()
            self._zone.enter_context(self._pipeline.memory_zone())
        self._messages += 1
        return [(token.text, token.idx) for token in self._pipeline.tokenizer(text) if not token.is_space]


@lru_cache(maxsize=2)
def words(language: str) -> Words:
    """The words of a language, as this process remembers them."""
    return Words(language)


class PlainToken(Token):
    """A token that training tells from others without hashing each of its fields, a fifth of the time otherwise."""

    def fingerprint(self) -> str:
        """What it is and where, as all there is to know of it."""
        return f"{self.start}:{self.text}"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class BilingualTokenizer(Tokenizer):
    """Cuts a message into tokens by the rules of its language; the text itself stays as it was written."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's default config (see parent class)."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> list[str]:
        """Any extra python dependencies required for this component to run."""
        return ["spacy"]

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The tokens of an attribute of a message, with their places in it."""
        # spaCy keeps words as UTF-8, which has no half characters; as many others take their place.
        text = _SURROGATE.sub("\ufffd", message.get(attribute))
        language = "ar" if message.get(LANG) == "ar" else "en"
        return [PlainToken(word, place) for word, place in words(language).cut(text)]
