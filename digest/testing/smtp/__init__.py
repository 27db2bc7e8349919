"""The parts of the scripted SMTP server: what it is told to do wrong, its end of a connection, and its conversation."""
