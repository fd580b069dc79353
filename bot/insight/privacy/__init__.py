"""Care for personal data: what is one person's, a copy of it, its erasure, and how long what is kept."""
