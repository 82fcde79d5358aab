"""Run by clients.py: what a call and a row cost in Python, by the library for threads or for asyncio, or with the pipe alone."""

import asyncio
import json
import os
import subprocess
import sys
import time
from statistics import median

CALLS, REPEATS = 2_000, 5
PROGRAM, CREDENTIAL = os.environ["NATS_CREDENTIALS_BRIDGE"], os.environ["CREDENTIAL"]

sys.path.insert(0, os.path.join(os.environ["CLIENTS"], "python/src"))


class Pipe:
    def __init__(self):
        self.child = subprocess.Popen([PROGRAM, "--region", "local"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def write(self, method, params):
        self.child.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
        self.child.stdin.flush()

    def call(self, method, params):
        self.write(method, params)
        return json.loads(self.child.stdout.readline())["result"]

    def ping(self):
        self.call("bridge.ping", {})

    def get(self):
        return self.call("credentials.get", {"nats_credentials_id": CREDENTIAL})

    def list(self):
        """All rows of one stream, each line read and parsed by itself."""
        rows = []
        self.write("credentials.stream", {})
        for line in self.child.stdout:
            message = json.loads(line)
            if "id" in message:
                return rows
            rows += message["params"]["value"]["nats_credentials"]
        raise RuntimeError("the program has ended")

    def close(self):
        self.child.communicate()


class Threads:
    def __init__(self):
        from nats_credentials_bridge import Bridge

        self.bridge = Bridge(region="local")
        self.ping, self.close = self.bridge.ping, self.bridge.close

    def get(self):
        return self.bridge.credentials.get(nats_credentials_id=CREDENTIAL)

    def list(self):
        return list(self.bridge.credentials.list())


def costs(client):
    """Microseconds of this process's CPU time by figure, and how many rows a list had."""
    rows = client.list()

    def cost(work, count, each):
        times = []
        for _ in range(REPEATS):
            begun = time.process_time()
            for _ in range(count):
                work()
            times.append(time.process_time() - begun)
        return median(times) / count / each * 1e6

    ping, get, row = cost(client.ping, CALLS, 1), cost(client.get, CALLS, 1), cost(client.list, 1, len(rows))
    client.close()
    return {"ping": ping, "get": get, "row": row, "rows": len(rows)}


async def asyncio_costs():
    from nats_credentials_bridge import AsyncBridge

    async def listed():
        return [row async for row in bridge.credentials.list()]

    async def cost(work, count, each):
        times = []
        for _ in range(REPEATS):
            begun = time.process_time()
            for _ in range(count):
                await work()
            times.append(time.process_time() - begun)
        return median(times) / count / each * 1e6

    async with AsyncBridge(region="local") as bridge:
        rows = await listed()
        get = lambda: bridge.credentials.get(nats_credentials_id=CREDENTIAL)  # noqa: E731
        ping, get, row = await cost(bridge.ping, CALLS, 1), await cost(get, CALLS, 1), await cost(listed, 1, len(rows))
        return {"ping": ping, "get": get, "row": row, "rows": len(rows)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(asyncio_costs()) if sys.argv[1] == "asyncio" else costs({"threads": Threads, "pipe": Pipe}[sys.argv[1]]())))
