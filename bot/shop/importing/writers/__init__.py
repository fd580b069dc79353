"""One writer a kind of record: compares with the database, then upserts in bulk."""
