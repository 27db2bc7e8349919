"""What carries batches to workers."""
