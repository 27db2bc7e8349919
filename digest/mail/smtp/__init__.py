"""SMTP as a client speaks it: jobs go in, one result for each comes out, and nothing is completed before the last look.

`pool` shares connections out, `opening` makes one, `transactions` is the conversation about message after message, `replies` reads answers.
"""
