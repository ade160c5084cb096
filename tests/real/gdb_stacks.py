# SPDX-License-Identifier: GPL-2.0
"""Run by gdb: the pcs of every thread's frames, a line each, for tests/real/stacks."""
import gdb  # pylint: disable=import-error

gdb.execute("set backtrace past-main on")
for thread in gdb.selected_inferior().threads():
    thread.switch()
    frame = gdb.newest_frame()
    sp = int(frame.read_register("sp")) & 0xffffffffffffffff
    pcs = []
    while frame and len(pcs) < 256:
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            pcs.append(f"{frame.pc():x}")
        try:
            frame = frame.older()
        except gdb.error:
            frame = None
    print("STACK", thread.ptid[1], f"{sp:x}", *pcs, flush=True)
