# SPDX-License-Identifier: GPL-2.0
"""Threads that block in C called from Python, and in Python called from C."""
import queue
import select
import socket
import sys
import threading
import time

lock = threading.Lock()
lock.acquire()
never = threading.Event()
a, b = socket.socketpair()


def deep(n, f):
    return deep(n - 1, f) if n else f()


class Finalized:
    def __del__(self):
        lock.acquire()


for i in range(4):
    for f in (lock.acquire, queue.Queue().get, lambda: a.recv(1),
              lambda: sorted([3, 2, 1], key=lambda x: lock.acquire()), never.wait,
              lambda: select.select([a], [], []), lambda: time.sleep(1000), Finalized):
        threading.Thread(target=deep, args=(10 * i, f), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
