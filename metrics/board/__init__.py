"""The way out: query, assess, view, chart; from the store to what a page shows."""
