"""What a careful program in Python does: json of the standard library, lines cut out of chunks, one write a chunk."""

import json
import os

rest = b""
encode = json.JSONEncoder(separators=(",", ":")).encode
while chunk := os.read(0, 1 << 16):
    *lines, rest = (rest + chunk).split(b"\n")
    answers = []
    for line in lines:
        request = json.loads(line)
        if request["jsonrpc"] != "2.0" or request["method"] != "bridge.ping":
            raise ValueError("this program knows bridge.ping alone")
        answers.append(encode({"jsonrpc": "2.0", "id": request["id"], "result": {}}))
    if answers:
        written = ("\n".join(answers) + "\n").encode()
        while written:
            written = written[os.write(1, written) :]
