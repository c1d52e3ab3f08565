"""The reading side: search, one thing by key, history, forms, statistics. Never writes."""
