"""In a process whose threads are green, by gevent or by eventlet: everything works, and other green threads go on."""

import os
import subprocess
import sys

import pytest
from conftest import LIMIT

BEGIN = {
    "gevent": """
import gevent.monkey
gevent.monkey.patch_all()
from gevent import Timeout as GreenTimeout, sleep, spawn
""",
    "eventlet": """
import eventlet
eventlet.monkey_patch()
from eventlet import Timeout as GreenTimeout, sleep, spawn
""",
}
HELPERS = """
import gc, logging, os, signal, subprocess, sys, threading, time
from nats_credentials_bridge import *
def until(condition):
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        sleep(0.005)
class Ticks:
    "What another green thread does meanwhile."
    def __init__(self):
        self.count = 0
        spawn(self.run)
    def run(self):
        while True:
            self.count += 1
            sleep(0.001)
"""


def run(library, script, environment, *arguments, said=""):
    """What a script prints; `said` is what it must write to stderr."""
    # eventlet warns that it is no longer developed.
    command = [sys.executable, "-W", "ignore", "-c", BEGIN[library] + HELPERS + script, *map(str, arguments)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=2 * LIMIT)
    assert (result.returncode, result.stderr) == (0, said), result.stdout + result.stderr
    return result.stdout


both = pytest.mark.parametrize("library", BEGIN)


@both
def test_a_whole_conversation_while_others_go_on(library, environment):
    script = """
ticks = Ticks()
with Bridge(region="local") as bridge:
    made = [bridge.credentials.create(name=f"green {number}") for number in range(30)]
    assert ticks.count > 10, ticks.count
    assert len(list(bridge.credentials.list(page_size=4))) == 30
    for each in made: bridge.credentials.delete(nats_credentials_id=each.id)
    try:
        bridge.credentials.get(nats_credentials_id=made[0].id)
    except NotFound as error:
        print(error.method)
print(bridge._engine._program.returncode)
"""
    assert run(library, script, environment) == "credentials.get\n0\n"


@both
def test_asyncio_in_such_a_process(library, environment):
    script = """
import asyncio
ticks = Ticks()
async def main():
    async with AsyncBridge(region="local") as bridge:
        made = await asyncio.gather(*(bridge.credentials.create(name=f"n{number}") for number in range(30)))
        assert [row.id async for row in bridge.credentials.list()] == [each.id for each in made]
asyncio.run(main())
print(ticks.count > 10)
"""
    assert run(library, script, environment) == "True\n"


NATIVE = {
    "gevent": "from gevent.threadpool import ThreadPool; in_a_thread = lambda call: ThreadPool(1).spawn(call).get()",
    "eventlet": "from eventlet.tpool import execute as in_a_thread",
}


@both
def test_a_thread_of_the_system_beside_green_ones_is_refused_and_waits_for_nothing(library, environment):
    script = f"""
{NATIVE[library]}
with Bridge(region="local") as bridge:
    bridge.ping()
    def call():
        try:
            bridge.credentials.create()
        except BridgeError as error:
            return error.method, error.outcome, "call it from a green thread" in str(error)
    print(in_a_thread(call))
    print(len(list(bridge.credentials.list())))
"""
    assert run(library, script, environment) == "('credentials.create', 'none', True)\n0\n"


@both
def test_many_share_a_bridge_and_each_gets_its_own(library, environment):
    script = """
with Bridge(region="local") as bridge:
    ids, wrong = {}, []
    def work(number):
        ids[number] = bridge.credentials.create(name=f"n{number}").id
        for _ in range(5):
            row = bridge.credentials.get(nats_credentials_id=ids[number])
            if row.name != f"n{number}": wrong.append(row)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(len(ids), wrong)
"""
    assert run(library, script, environment) == "50 []\n"


@both
def test_full_pipes_on_both_sides_and_on_stderr_are_no_deadlock(library, environment, stand_in):
    program = stand_in("""
        def handle(request):
            os.write(2, (b"x" * 200 + b"\\n") * 1000)
            raw(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": request["params"]["x"]}).encode() + b"\\n")
        serve(handle)
    """)
    script = """
ticks = Ticks()
logging.getLogger("nats_credentials_bridge").addHandler(logging.NullHandler())
logging.getLogger("nats_credentials_bridge").propagate = False
with Bridge(sys.argv[1]) as bridge:
    got = []
    def work(): got.append(len(bridge.call("x", {"x": "x" * 2_000_000})))
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(got, ticks.count > 10)
"""
    assert run(library, script, environment, program) == f"{[2_000_000] * 4} True\n"


@both
def test_the_end_of_the_program_is_told_with_its_status_and_its_last_words(library, environment, stand_in):
    program = stand_in("""
        def handle(request):
            if request["method"] == "bridge.ping": return answer(request, {})
            os.write(2, b"no more\\n")
            assert read()["method"] == "that was read"
            os.kill(os.getpid(), signal.SIGKILL) if request["method"] == "kill" else os._exit(3)
        serve(handle)
    """)
    script = """
class Handler(logging.StreamHandler):
    def emit(self, record):
        super().emit(record)
        records.append(record)
logging.getLogger("nats_credentials_bridge").addHandler(Handler())
def go_on():
    until(lambda: records and ticks.count > 10)
    try: bridge.call("that was read")
    except BridgeDied: pass
for method in "kill", "exit":
    records, ticks = [], Ticks()
    bridge = Bridge(sys.argv[1])
    bridge.ping()
    spawn(go_on)
    try:
        bridge.call(method)
    except BridgeDied as error:
        print(error.returncode, error.signal, error.outcome, *error.stderr_tail, ticks.count > 10)
    bridge.close()
    until(lambda: not os.path.exists(f"/proc/{bridge._engine.pid}"))
"""
    told = "-9 9 unknown no more True\n3 None unknown no more True\n"
    assert run(library, script, environment, program, said="no more\n" * 2) == told


@both
def test_where_the_system_has_no_pidfd_the_status_is_told_too(library, environment):
    script = """
if hasattr(os, "pidfd_open"): del os.pidfd_open
ticks = Ticks()
with Bridge(region="local") as bridge: bridge.ping()
killed = Bridge(region="local")
killed.ping()
os.kill(killed._engine.pid, signal.SIGKILL)
try:
    while True: killed.ping()
except BridgeDied as error:
    print(bridge._engine._program.returncode, error.returncode, ticks.count > 5)
"""
    assert run(library, script, environment) == "0 -9 True\n"


@both
def test_a_green_timeout_and_the_own_one_cancel_the_request(library, environment, stand_in):
    program = stand_in("""
        def handle(request):
            if request["method"] == "bridge.ping": return answer(request, {})
            if request["method"] == "$/cancelRequest": return
            cancel = read()
            assert cancel["params"] == {"id": request["id"]}, cancel
            fail(request, -32800, "cancelled", outcome="none")
        serve(handle)
    """)
    script = """
from nats_credentials_bridge import _calls
_calls.GRACE.update(read=0.0)
with Bridge(sys.argv[1]) as bridge:
    bridge.ping()
    try:
        with GreenTimeout(0.05): bridge.credentials.create()
    except GreenTimeout:
        print("cancelled")
    until(lambda: not bridge._engine.core._pending)
    try:
        bridge.credentials.page(timeout=0.05)
    except BridgeTimeout as error:
        print(error)
    until(lambda: not bridge._engine.core._pending)
    bridge.ping()
"""
    assert run(library, script, environment, program) == ("cancelled\ncredentials.list: no response within 0.05 s\n")


@both
def test_one_that_is_forgotten_or_left_open_is_ended(library, environment):
    script = """
bridge = Bridge(region="local")
for _ in range(3): bridge.credentials.create()
rows = iter(bridge.credentials.list(page_size=1))
next(rows)
pid = bridge._engine.pid
del bridge, rows
gc.collect()
until(lambda: not os.path.exists(f"/proc/{pid}"))
left = Bridge(region="local")
left.ping()
print(left._engine.pid)
"""
    pid = run(library, script, environment).strip()
    assert pid
    assert subprocess.run(["kill", "-0", pid], capture_output=True).returncode != 0


@both
def test_what_cannot_be_started_is_told(library, environment, folder):
    (folder / "program").write_bytes(b"#!/no/such/interpreter\n")
    (folder / "program").chmod(0o700)
    script = """
for make in (lambda: Bridge("/no/such/program"), lambda: Bridge(sys.argv[1]), lambda: Bridge(cwd="/no/such/folder")):
    try:
        make()
    except (BridgeError, OSError) as error:
        print(type(error).__name__)
"""
    assert run(library, script, environment, folder / "program") == (
        "BinaryNotFound\nBinaryNotUsable\nFileNotFoundError\n"
    )


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        ("import gevent.monkey; gevent.monkey.patch_all(thread=False)", "gevent has not patched threading"),
        (
            "import gevent.monkey; gevent.monkey.patch_all(subprocess=False, queue=False)",
            "gevent has not patched queue, subprocess",
        ),
        ("import eventlet; eventlet.monkey_patch(thread=True)", "eventlet has not patched select, subprocess, time"),
    ],
)
def test_where_not_everything_is_patched_that_is_told(environment, begin, words):
    script = f"""
{begin}
from nats_credentials_bridge import Bridge, BridgeError
try:
    Bridge(region="local")
except BridgeError as error:
    print(error)
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert (result.stdout, result.stderr) == (f"{words}; let it patch everything, or nothing\n", "")


@pytest.mark.parametrize("begin", ["import gevent.monkey; gevent.monkey.patch_socket()", "import gevent, eventlet"])
def test_where_no_thread_is_green_all_is_as_usual(environment, begin):
    script = f"""
{begin}
from nats_credentials_bridge import Bridge
with Bridge(region="local") as bridge: print(len(bridge.credentials.create().id))
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert (result.stdout, result.stderr) == ("36\n", "")


@both
def test_a_temporary_bridge_with_its_nats_server(library, environment):
    script = """
ticks = Ticks()
with Bridge.temporary(nats_server=sys.argv[1]) as bridge:
    assert ticks.count > 5, ticks.count
    bridge.credentials.create()
    url = bridge.nats_url
assert not bridge.folder.exists()
forgotten = Bridge.temporary(nats_server=sys.argv[1])
folder = forgotten.folder
del forgotten
gc.collect()
until(lambda: not folder.exists())
print(url.rpartition(":")[0])
"""
    assert run(library, script, environment, os.environ["NATS_SERVER"]) == "nats://127.0.0.1\n"


@both
def test_a_temporary_bridge_whose_guard_was_killed_leaves_nothing(library, environment):
    script = """
bridge = Bridge.temporary(nats_server=sys.argv[1])
(ports,) = (bridge.folder / "state").glob("*.ports")
server, guard = ports.stem.rpartition("_")[2], bridge._surroundings._guard
os.kill(guard.pid, signal.SIGKILL)
until(lambda: guard._process.poll() is not None)
bridge.close()
print(bridge.folder.exists())
until(lambda: not os.path.exists(f"/proc/{server}") or " Z " in open(f"/proc/{server}/stat").read())
"""
    assert run(library, script, environment, os.environ["NATS_SERVER"]) == "False\n"
