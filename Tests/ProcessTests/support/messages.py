"""JSON-RPC messages as tests send them, and the answers by their ids."""


def request(method, params=None, id=1):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}


def call(id, method, **params):
    return request(method, params, id)


def cancel(id):
    return {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id}}


def answers(bridge, count):
    """So many final answers, by id; parts of streams are passed over, and none comes twice."""
    found = {}
    while len(found) < count:
        message = bridge.message()
        assert message is not None, "the bridge ended"
        if "method" not in message:
            assert message["id"] not in found, "answered twice"
            found[message["id"]] = message
    return found
