"""Interactions and what is learned from them."""
