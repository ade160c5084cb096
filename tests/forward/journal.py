# SPDX-License-Identifier: GPL-2.0
"""A receiver at the journal's socket, in a mount namespace of its own: what systemd's
native protocol says is sent there. What the real one makes of it takes a VM.
"""
import array
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def parse(data):
    """NAME=value lines, and NAME, a size and a value of any bytes."""
    out = {}
    while data:
        line, _, data = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (size,) = struct.unpack("<Q", data[:8])
            value, data = data[8 : 8 + size], data[9 + size :]
        assert name.decode() not in out, f"{name} is there twice"
        out[name.decode()] = value.decode()
    return out


class Journal:
    def __init__(self, path):
        self.path = os.path.join(path, "run")
        self.entries = []
        self.line = None
        os.makedirs(os.path.join(self.path, "journal"))
        self.open()

    def prefix(self):
        """The command that follows has this one as its journal."""
        from __main__ import Skip  # pylint: disable=import-outside-toplevel

        probe = ["unshare", "-m", "true"]
        if os.getuid() or not shutil.which("unshare") or subprocess.run(probe, check=False).returncode:
            raise Skip("takes root and unshare -m")
        # /run/systemd may not be there, and is not made: the whole of /run is another one
        os.makedirs(os.path.join(self.path, "top", "systemd"), exist_ok=True)
        link = os.path.join(self.path, "top", "systemd", "journal")
        os.makedirs(link, exist_ok=True)
        script = 'mount --bind "$0/journal" "$0/top/systemd/journal" && mount --rbind "$0/top" /run && exec "$@"'
        return ["unshare", "-m", "sh", "-c", script, self.path]

    def open(self):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        at = os.path.join(self.path, "journal", "socket")
        if os.path.exists(at):
            os.unlink(at)
        line.bind(at)
        line.settimeout(0.05)
        self.line = line
        threading.Thread(target=self.receive, args=(line,), daemon=True).start()

    def receive(self, line):
        while self.line is line:
            try:
                data, more, _, _ = line.recvmsg(16 << 20, 256)
            except socket.timeout:
                continue
            except OSError:
                return
            for level, kind, value in more:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    (fd,) = array.array("i", value[:4])
                    size = os.fstat(fd).st_size
                    data = os.pread(fd, size, 0)
                    os.close(fd)
            self.entries.append(parse(data))

    def close(self):
        line, self.line = self.line, None
        line.close()
        os.unlink(os.path.join(self.path, "journal", "socket"))

    def wait(self, n):
        end = time.monotonic() + 60
        while len(self.entries) < n:
            assert time.monotonic() < end, f"{len(self.entries)} of {n} entries came"
            time.sleep(0.01)

    @staticmethod
    def message_id():
        """As the catalogue has it: journalctl -x finds its page by it."""
        with open(os.path.join(TOP, "user", "forward", "locktrace.catalog"), encoding="utf-8") as f:
            return re.search(r"^-- ([0-9a-f]{32})$", f.read(), re.M).group(1)
