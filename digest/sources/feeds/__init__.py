"""What a feed's bytes come to: decoded, mended, parsed and read in a process of its own, so that no feed can hang or bloat the service."""
