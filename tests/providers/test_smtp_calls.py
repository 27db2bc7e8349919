"""Calls of `send` share connections, keep them for the next, and end when the provider is closed under them."""

import threading

from digest.testing.smtpd import Fault, Script, Smtpd
from digest.values import Accepted, MessageKey, SendResult, Uncertain
from tests.providers.wire import MODES, Gate, keeps_its_promises, message, smtp


def test_connections_are_kept_for_the_next_call() -> None:
    with Smtpd(Script(extensions=MODES["data-pipelined"])) as server:
        provider = smtp(server.port)
        first, second = list(provider.send([message(1)], Gate())), list(provider.send([message(2)], Gate()))
        provider.close()
        keeps_its_promises(server, {key.id: result for key, result in first + second})
        assert server.connections == 1
        assert server.sessions[0].end == "quit"
    assert all(isinstance(result, Accepted) for _, result in first + second)


def test_calls_from_several_threads_share_the_connections() -> None:
    results: list[tuple[MessageKey, SendResult]] = []
    with Smtpd(Script(extensions=MODES["data-pipelined"])) as server:
        provider = smtp(server.port, 3)

        def call(start: int) -> None:
            results.extend(provider.send([message(number) for number in range(start, start + 20)], Gate()))

        threads = [threading.Thread(target=call, args=(start,)) for start in (0, 20, 40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        provider.close()
        keeps_its_promises(server, {key.id: result for key, result in results})
        assert server.connections <= 3
    assert sorted(key.id for key, _ in results) == list(range(60))
    assert all(isinstance(result, Accepted) for _, result in results)


def test_closing_under_a_call_ends_it_with_what_is_known() -> None:
    silent = Script(lambda phase, _recipient, _count: Fault(ends="silence") if phase == "answer" else None)
    results: list[tuple[MessageKey, SendResult]] = []
    with Smtpd(silent) as server:
        provider = smtp(server.port)
        thread = threading.Thread(
            target=lambda: results.extend(provider.send([message(1), message(2)], Gate())), name="a call"
        )
        thread.start()
        assert server.reached("answer")
        provider.close()
        thread.join()
        keeps_its_promises(server, {key.id: result for key, result in results})
    assert [(key.id, type(result)) for key, result in results] == [(1, Uncertain)]


def test_a_provider_that_was_closed_opens_anew() -> None:
    with Smtpd() as server:
        provider = smtp(server.port)
        provider.close()
        [(_, result)] = provider.send([message(1)], Gate())
        provider.close()
        assert isinstance(result, Accepted)
        assert server.quiet()
