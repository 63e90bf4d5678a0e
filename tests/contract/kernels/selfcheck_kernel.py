"""A sandboxed kernel's main promises in one script: `python selfcheck_kernel.py REPOSITORY [FOLDER]`.

Needs jupyter_client and ipykernel. Prints one JSON object of facts.
"""

import json
import os
import sys
import sysconfig
import tempfile
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from jupyter_client.kernelspec import KernelSpecManager  # noqa: E402
from jupyter_client.manager import KernelManager  # noqa: E402

from codegym_jlab.provisioner import KernelRefused  # noqa: E402
from codegym_jlab.sandbox.kernels import close_shared, shared  # noqa: E402

LOOK = """
import json, os, socket
def attempt(act):
    try:
        act()
        return "done"
    except OSError as e:
        return type(e).__name__
def status():
    try:
        return dict(line.split(":", 1) for line in open("/proc/self/status"))
    except OSError:
        return {}
facts = status()
print(json.dumps({
    "uid": os.getuid(), "caps": [facts.get(n, "0").strip() for n in ("CapEff", "CapPrm", "CapBnd")],
    "token": os.environ.get("JUPYTERHUB_API_TOKEN"), "shadow": os.path.exists("/etc/shadow"),
    "tmp": os.path.exists("/tmp/cg-canary"), "read": open("given.txt").read(),
    "written": attempt(lambda: open("new.txt", "w").write("x")), "link": attempt(lambda: os.symlink("/etc", "etc")),
    "network": attempt(lambda: socket.create_connection(("127.0.0.1", 9))),
    "program": attempt(lambda: os.execv("/bin/sh", ["sh"])),
}))
"""


def run(client, code):
    out = []
    client.execute_interactive(
        code, timeout=120, output_hook=lambda m: out.append(m["content"]["text"]) if m["msg_type"] == "stream" else None
    )
    return "".join(out)


def main():
    os.environ["JUPYTERHUB_API_TOKEN"] = "cg-secret"
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    (folder / "given.txt").write_text("given")
    specs = KernelSpecManager(kernel_dirs=[f"{sys.argv[1]}/kernels"], ensure_native_kernel=False)
    manager = KernelManager(kernel_name="codegym-python3", kernel_spec_manager=specs)
    manager.kernel_spec.metadata["kernel_provisioner"]["config"] = {"preload": []}
    try:
        manager.start_kernel(cwd=str(folder))
    except KernelRefused as e:
        return {"refused": str(e)}
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    facts = {"look": json.loads(run(client, LOOK)), "owner": (folder / "new.txt").stat().st_uid == folder.stat().st_uid}
    sent = client.execute("print('begun')\nwhile True: pass", stop_on_error=False)
    while client.get_iopub_msg(timeout=120)["content"].get("text") != "begun\n":
        pass
    manager.interrupt_kernel()
    while client.get_shell_msg(timeout=120)["parent_header"]["msg_id"] != sent:
        pass
    facts["again"] = run(client, "print(6 * 7)")
    facts["memory"] = "MemoryError" in str(client.execute("x = bytearray(9 << 30)", reply=True, timeout=120)["content"])
    client.stop_channels()
    manager.shutdown_kernel()
    facts["left"] = [name for name in os.listdir(shared().folders.path) if name != "lock"]
    close_shared()
    return facts


if __name__ == "__main__":
    assert sysconfig.get_path("stdlib")
    print(json.dumps(main()))
