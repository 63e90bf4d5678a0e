"""The sandbox's main promises in one script, for other users and boxes: `python selfcheck.py REPOSITORY LEVEL`.

LEVEL may be `best`. Needs nothing but the standard library. Prints one JSON object of facts.
"""

import asyncio
import json
import os
import sys

sys.path.insert(0, sys.argv[1])

from codegym_jlab.sandbox import (  # noqa: E402
    ExitKind,
    Image,
    Limits,
    Process,
    ProcessEnded,
    Sandbox,
    SandboxUnavailable,
    open_sandbox,
)

LOOK = """
import os
def status():
    try:
        return dict(line.split(":", 1) for line in open("/proc/self/status"))
    except OSError:
        return {}
facts = status()
print({
    "pid": os.getpid(), "uid": os.getuid(), "root": sorted(os.listdir("/")),
    "tmp": os.listdir("/tmp"),
    "proc": sorted(n for n in os.listdir("/proc") if n.isdigit()), "sys": os.path.exists("/proc/sys"),
    "caps": [facts.get(n, "0").strip() for n in ("CapEff", "CapPrm", "CapBnd")],
    "secret": os.environ.get("CG_SECRET_CANARY"),
    "canary": os.path.exists("/tmp/cg-canary"), "shadow": os.path.exists("/etc/shadow"),
})
"""
REFUSED = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def refused(result):
    return result == -1 and ctypes.get_errno() == 1
print([refused(libc.syscall(*(ctypes.c_long(a) for a in args))) for args in {calls}])
try:
    os.open("/x", os.O_CREAT | os.O_WRONLY)
except OSError:
    print("read-only")
"""
NETWORK = "import socket\nsocket.create_connection(('127.0.0.1', 47613))"
BOMB = """
import os, time
try:
    for _ in range(500):
        if not os.fork(): time.sleep(60)
except OSError:
    print("full")
"""
HOARD = """
import os, time
for _ in range(6):
    if not os.fork():
        x = bytearray(60 << 20)
        time.sleep(60)
time.sleep(60)
"""
X86_64 = "((101, 16, 1, 0, 0), (272, 0x10000000), (165, 0, 0, 0, 0, 0), (41, 2, 1, 0), (59, 0, 0, 0), (308, 0, 0))"


async def main() -> dict[str, object]:
    try:
        sandbox = await open_sandbox(None if sys.argv[2] == "best" else sys.argv[2])
    except SandboxUnavailable as e:
        return {"unavailable": str(e)}
    facts: dict[str, object] = {"level": sandbox.level, "host_uid": os.getuid()}
    limits = Limits(seconds=0.5, memory_mb=96)
    process = await begun(sandbox, limits)
    facts["details"] = getattr(sandbox, "details", lambda image: {})(Image())
    facts["look"] = await cell(process, LOOK)
    if os.uname().machine == "x86_64":
        facts["refused"] = await cell(process, REFUSED.replace("{calls}", X86_64))
    await cell(process, "import time\ndef f(n):\n    time.sleep(60 * n)\n    return n")
    facts["value"] = await check(process, "f(0)")
    facts["slept"] = (await check(process, "f(1)"))["status"]
    facts["loop"] = (await cell(process, "while True: pass"))["status"]
    facts["memory"] = (await cell(process, f"x = bytearray({300 << 20})"))["status"]
    facts["network"] = (await cell(process, NETWORK))["violation"]
    await process.close()
    for name, source in (("bomb", BOMB), ("tree", HOARD)):
        process = await begun(sandbox, limits)
        try:
            facts[name] = (await cell(process, source))["stdout"]
        except ProcessEnded as e:
            facts[name] = "killed" if e.status.kind is ExitKind.MEMORY else repr(e.status)
        await process.close()
    await sandbox.close()
    return facts


async def begun(sandbox: Sandbox, limits: Limits) -> Process:
    process = await sandbox.lease(Image(), limits)
    await process.ask({"op": "begin", "names": ["f"], "output_kb": 64, "seconds": 0.5}, within=6)
    return process


async def cell(process: Process, source: str) -> dict[str, object]:
    frame = {"op": "cell", "name": "answer", "source": source, "kind": "answer", "seconds": 0.5}
    return await process.ask(frame, within=6)


async def check(process: Process, call: str) -> dict[str, object]:
    return await process.ask({"op": "check", "name": "c", "call": call, "seconds": 0.5, "want": "value"}, within=6)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
