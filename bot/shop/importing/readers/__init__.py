"""One reader a file format. Each yields records, or a refusal for a row it cannot make one of."""
