"""Dukan: the assistant a shop puts on its website and messaging channels."""
