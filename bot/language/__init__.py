"""Text before meaning: which language a text is in, its folded form, and its vector."""
