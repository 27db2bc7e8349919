"""The sample newsroom: an invented paper with its articles, pictures and readers, served on loopback like a real site."""
