# SPDX-License-Identifier: GPL-2.0
"""A spool as the watch writes it: docs/spool.md."""
import json
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden")


def samples():
    """What golden sessions told."""
    out = []
    for name in sorted(os.listdir(GOLDEN)):
        if name.endswith(".json"):
            with open(os.path.join(GOLDEN, name), encoding="utf-8") as f:
                reports = [json.loads(line) for line in f if line.startswith("{")]
                out += [r for r in reports if r["event"] != "end"]
    return out


class Spool:
    def __init__(self, path):
        self.path = path
        self.files = {}  # id -> name
        self.seq = 0
        self.samples = samples()
        self.random = random.Random(7)
        os.makedirs(path, exist_ok=True)

    def write(self, event="opened", id=None, grow=0):
        """A new report, or a new state of one. Returns its id."""
        report = dict(self.random.choice(self.samples))
        if id is None:
            self.seq += 1
            id = f"h{self.seq:04d}{self.random.randrange(36**3):05d}"
            self.files[id] = f"20261121T{120000 + self.seq % 60:06d}Z-{self.seq:08d}-{id}-{report['signature']}.json"
        report.update(event=event, id=id)
        if grow:
            report["advice"] = "x" * grow
        name = self.files[id]
        tmp = os.path.join(self.path, f".{name}.tmp")
        with open(tmp, "w", encoding="utf-8") as f:
            f.write(json.dumps(report, ensure_ascii=False) + "\n")
        os.rename(tmp, os.path.join(self.path, name))
        return id

    def damage(self):
        id = self.write()
        with open(os.path.join(self.path, self.files[id]), "r+", encoding="utf-8") as f:
            f.truncate(300)
        return id

    def remove(self, id):
        os.unlink(os.path.join(self.path, self.files.pop(id)))
