"""What `make bench` measures: ratios within one run, never wall times in a test."""
