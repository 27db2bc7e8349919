"""The fakes that we ship: scripted servers on loopback, for our tests and for those who write a source or provider of their own."""
