"""Mail services: one file for each, all behind the `Provider` protocol."""
