"""Rasa's custom actions: one module a topic, thin over the logic of `bot/`."""
