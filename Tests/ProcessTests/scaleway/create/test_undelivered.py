"""An answer with a secret that nobody takes: the credential is deleted again, or its id is told."""

import json
import re
import signal
import threading

import pytest

from bridge import LIMIT
from issued import CREATE, create, secret_of
from process_tools import call, run
from scaleway_create import DELETE, KNOWN, POST, methods
from scaleway_service import answer, carried_out_then, delay

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TOLD = re.compile(rf"nats-credentials-bridge: error: the response with the secret of credential ({UUID}) was not delivered; (.+)\n")
DELETED = "the credential was deleted again"


# The answer that nobody takes.


def told(errors):
    """The one line on stderr: its id, and what became of it."""
    found = TOLD.fullmatch(errors.decode())
    assert found, "stderr says something else"
    return found.groups()


def reader_goes(service, account, bridge, **params):
    """Nobody reads any more when the credential is made, but before its answer is there. Gives what was told."""
    gate = threading.Event()
    service.fail(POST, carried_out_then(delay(gate)), times=1)
    bridge.send(create(nats_account_id=account["id"], **params))
    service.wait_for(lambda s: s.credentials)
    bridge.process.stdout.close()
    gate.set()
    assert bridge.process.wait(LIMIT) == 0
    return bridge.process.stderr.read()


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
def test_the_reader_goes_before_the_answer(bridge, service, account, params):
    id, became = told(reader_goes(service, account, bridge, **params))
    assert became == DELETED and id in service.issued and not service.credentials


def test_the_reader_goes_and_the_credential_cannot_be_deleted(bridge, service, account):
    service.fail(DELETE, answer(409, KNOWN), None)
    id, became = told(reader_goes(service, account, bridge))
    assert DELETED not in became and "conflict" in became and list(service.credentials) == [id]


def test_a_saved_credential_stays_when_the_reader_goes(bridge, service, account, home):
    errors = reader_goes(service, account, bridge, save_to=str(home / "app.creds"))
    [id] = service.credentials
    is_saved = (home / "app.creds").read_text() == service.issued[id]
    assert is_saved and errors == b"" and "DELETE" not in methods(service)


def test_a_stdout_that_takes_nothing(home, service, account):
    line = json.dumps(create(nats_account_id=account["id"])).encode() + b"\n"
    with open("/dev/full", "wb") as full:
        result = run(home, env=service.environment, input=line, stdout=full)
    assert told(result.stderr)[1] == DELETED and not service.credentials and len(service.issued) == 1


def test_the_command_line_undoes_what_it_cannot_print(home, service, account):
    with open("/dev/full", "wb") as full:
        result = call(home, CREATE, f"nats_account_id={account['id']}", env=service.environment, stdout=full)
    assert result.returncode != 0 and not service.credentials and len(service.issued) == 1
    is_shown = any(line.encode() in result.stderr for content in service.issued.values() for line in content.splitlines() if line)
    assert not is_shown


# Ends.


@pytest.mark.parametrize("saved", [False, True], ids=["shown", "saved"])
def test_a_create_that_is_done_soon_after_a_signal_is_answered(bridge, service, account, home, saved):
    gate = threading.Event()
    service.fail(POST, carried_out_then(delay(gate)))
    bridge.send(create(nats_account_id=account["id"], **({"save_to": str(home / "app.creds")} if saved else {})))
    service.wait_for(lambda s: s.credentials)
    bridge.process.send_signal(signal.SIGTERM)
    # A read is answered at once, so the signal has been seen.
    bridge.send({"jsonrpc": "2.0", "id": "late", "method": "bridge.ping"})
    gate.set()
    answers = [message for message in iter(bridge.message, None) if message["id"] == 1]
    [result] = [message["result"] for message in answers]
    is_right = secret_of(result) == service.issued[result["id"]]
    assert is_right and bridge.end()[0] == 0 and list(service.credentials) == [result["id"]]
