"""What bridges, real ones and stand-ins, do in more than one file of tests, and what streams of theirs looked like."""

import json
from concurrent.futures import ThreadPoolExecutor

WARNS = b'{"jsonrpc":"2.0","method":"accounts.create"}\n'

LATE = """
    def handle(request):
        if request["method"] == "bridge.ping": return answer(request, {})
        cancel = read()
        assert cancel["params"] == {"id": request["id"]}
        if request["method"] == "credentials.create":
            secret = {"name": "n", "content": "TOP"}
            return answer(request, {**ROW, "id": "the-id", "checksum": "", "credentials": secret})
        fail(request, -32800, "cancelled", outcome=request["params"].get("name", "none"))
    serve(handle)
"""

# One page, and then nothing until the cancel has come.
WAITS_FOR_THE_CANCEL = """
    def handle(request):
        if request["method"] == "bridge.ping": return answer(request, {})
        part(request, 1, [ROW], "aa")
        cancel = read()
        assert cancel == {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": request["id"]}}, cancel
        fail(request, -32800, "cancelled", outcome="none")
    serve(handle)
"""

# Refuses every request for a moment, or as its params say, and knows what it was asked. Its third for "third" is done.
REFUSES = """
    asked = []
    def handle(request):
        if request["method"] == "asked": return answer(request, asked)
        params = request["params"]
        asked.append([request["method"], params.pop("timeout_ms", None)])
        if params.get("nats_account_id") == "third" and len(asked) == 3: return answer(request, {"tries": 3})
        known = ("outcome", "retryable", "retry_after_ms")
        data = {"retryable": True, "outcome": "none", "retry_after_ms": 50}
        data.update((name, params[name]) for name in known if name in params)
        fail(request, 1503, params.get("kind", "backend_unavailable"), **data)
    serve(handle)
"""


def streams(lines):
    """The params of the streams that were asked for, and how many cancels there were."""
    messages = [json.loads(line) for line in lines]
    asked = [message["params"] for message in messages if message["method"] == "credentials.stream"]
    return asked, sum(message["method"] == "$/cancelRequest" for message in messages)


def fill_more_than_a_pipe_holds(bridge):
    """The program cannot write a window of these without waiting for its reader."""
    account = bridge.accounts.create().id
    name = "a long name of a credential " * 17
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: bridge.credentials.create(nats_account_id=account, name=name), range(400)))


def cancelled_stream(lines_in, lines_out):
    """Whether the one stream that was asked for was cancelled by us, and answered so by the program."""
    sent = [json.loads(line) for line in lines_in]
    (number,) = [message["id"] for message in sent if message["method"] == "credentials.stream"]
    (answer,) = [each for each in map(json.loads, lines_out) if each.get("id") == number]
    cancels = [message["params"] for message in sent if message["method"] == "$/cancelRequest"]
    return cancels == [{"id": number}] and answer["error"]["data"]["kind"] == "cancelled"
