"""The pages, over real databases and in a real browser."""
