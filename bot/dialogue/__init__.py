"""Rasa inside: the process that runs it, its tracker store, its words, its actions."""
