# SPDX-License-Identifier: GPL-2.0
"""
What a scene claims against what locktrace reported.

A scene is checked under a few headings (report, since, replay, schema ...);
each Check carries the faults found, and notes: figures worth seeing.
"""
import calendar
import dataclasses
import json
import os
import re
import time

import jsonschema

MS = 1_000_000
DETECT_NS = 250 * MS  # after the threshold, by the product's promise
EMULATED_NS = 3000 * MS  # two machines share two processors: there it is only asked that it comes
BLAMED = ("root", "cycle", "holder")


@dataclasses.dataclass
class Rules:
    via: str
    vm: bool
    schema: object

    def since_tolerance_ns(self):
        return 20 * MS if self.via == "hooks" else 50 * MS

    def detect_ns(self):
        return DETECT_NS + (EMULATED_NS if self.vm else 0)


@dataclasses.dataclass
class Check:
    name: str
    faults: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    skip: str = ""

    def expect(self, good, fault):
        if not good:
            self.faults.append(fault)
        return good


def as_written(schema):
    """What this version writes has all that was added (docs/report.schema.json: $comment), too."""
    for name, member in schema.get("properties", {}).items():
        if "$comment" in member and name not in schema["required"]:
            schema["required"].append(name)
        as_written(member)
    if "items" in schema:
        as_written(schema["items"])
    return schema


def load_schema(path, older=False):
    """A schema that is not there fails every check that needs it; it is never skipped."""
    try:
        with open(path, encoding="utf-8") as f:
            schema = json.load(f)
        if not older:
            as_written(schema)
        cls = jsonschema.validators.validator_for(schema)
        cls.check_schema(schema)
        return cls(schema)
    except (OSError, ValueError, jsonschema.SchemaError) as e:
        return str(e)


def text_of(d, name, default=""):
    try:
        with open(os.path.join(d, name), encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return default


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def parse_time_ns(text):
    """RFC 3339 to nanoseconds since the epoch; a float would lose half of them."""
    m = re.fullmatch(r"(\d+-\d+-\d+)[Tt ](\d+:\d+:\d+)(\.\d+)?(Z|z|[+-]\d\d:\d\d)", text)
    if not m:
        raise ValueError(f"no RFC 3339 time: {text}")
    at = calendar.timegm(time.strptime(f"{m[1]} {m[2]}", "%Y-%m-%d %H:%M:%S"))
    if m[4] not in "Zz":
        at -= (1 if m[4][0] == "+" else -1) * (int(m[4][1:3]) * 3600 + int(m[4][4:6]) * 60)
    return at * 1_000_000_000 + int(f"{m[3] or '.'}"[1:].ljust(9, "0")[:9])


class Scene:
    """What a scene said: its claim, and what came after."""

    def __init__(self, d, via=""):
        self.dir, self.via = d, via
        self.claim, self.planted, self.began, self.log = None, None, None, None
        for line in json_lines(text_of(d, "scene")):
            if "expect" in line:
                self.claim = line
            for key in ("planted", "began", "log"):
                if key in line:
                    setattr(self, key, line[key])
        self.expect = self.claim["expect"] if self.claim else {}

    def since_ns(self):
        if self.began:
            return self.began["since_ns"]
        return self.expect["since_ns"]

    def wall_ns(self, mono_ns):
        return mono_ns + self.claim["wall_offset_ns"]

    def pids(self):
        named = {r["pid"] for r in self.expect["roles"]}  # grandchildren, in a namespace of theirs
        return {self.claim["pid"], *self.claim["children"], *named}

    def concerns(self, report):
        return bool(self.pids() & {t["pid"] for t in report.get("threads", [])})

    def tids(self):
        return {r["tid"] for r in self.expect["roles"]}


def threads_by_tid(report):
    return {t["tid"]: t for t in report.get("threads", [])}


def resource_of(report, thread):
    wanted = (thread.get("waits") or {}).get("resource")
    return next((r for r in report.get("resources", []) if r["id"] == wanted), None)


def matches(alternatives, value):
    return value in alternatives.split("|")


def find_thread(report, role, whole_process):
    found = threads_by_tid(report).get(role["tid"])
    if found or not whole_process:
        return found
    return next((t for t in report.get("threads", []) if t["pid"] == role["pid"]), None)


def check_roles(check, expect, report):
    whole = expect.get("root_is_process", False)
    for role in expect["roles"]:
        t = find_thread(report, role, whole)
        if not t and expect.get("some_roles"):
            continue  # who is there changes all the time
        if not check.expect(t, f"{role['comm']} ({role['tid']}) is not in the report"):
            continue
        check.expect(matches(role["role"], t["role"]),
                     f"{role['comm']} has the role {t['role']}, not {role['role']}")
        check.expect(t["comm"] == role["comm"], f"{role['tid']} is called {t['comm']}")
    claimed = {r["tid"] for r in expect["roles"]} | {r["pid"] for r in expect["roles"]}
    claimed |= {h["holder_tid"] for h in expect["holders"]}
    for t in report.get("threads", []):
        blamed = t["role"] in ("root", "cycle")
        check.expect(not blamed or t["tid"] in claimed or t["pid"] in claimed,
                     f"{t['comm']} ({t['tid']}) is blamed as {t['role']}")


def holder_matches(claim, holder):
    if holder.get("tid") == claim["holder_tid"]:
        return True
    # A process as a whole: where only that is known, or all that there is to know.
    return not holder.get("tid") and holder.get("pid") == claim["holder_pid"]


def check_holders(check, expect, report):
    by_tid = threads_by_tid(report)
    for claim in expect["holders"]:
        waiter = by_tid.get(claim["waiter_tid"])
        resource = resource_of(report, waiter) if waiter else None
        if not check.expect(resource, f"{claim['waiter_tid']} is not said to wait for anything"):
            continue
        check.expect(matches(claim["resource_kind"], resource["kind"]),
                     f"resource is a {resource['kind']}, not a {claim['resource_kind']}")
        holder = next((h for h in resource["holders"] if holder_matches(claim, h)), None)
        if check.expect(holder, f"{claim['holder_tid']} is not said to hold {resource['kind']}: "
                                f"{json.dumps(resource['holders'])}"):
            evidence = expect.get("evidence_by", {}).get(report["via"], claim["evidence"])
            check.expect(matches(evidence, holder["evidence"]),
                         f"evidence is {holder['evidence']}, not {evidence}")


def check_blame(check, expect, report):
    """The innocent are neither blamed nor called holders; exact is only said of who really holds."""
    never = set(expect["blamed_never"])
    for t in report.get("threads", []):
        check.expect(t["tid"] not in never or t["role"] not in BLAMED,
                     f"bystander {t['comm']} ({t['tid']}) has the role {t['role']}")
    real = {h["holder_tid"] for h in expect["holders"]}
    for r in report.get("resources", []):
        for h in r["holders"]:
            check.expect(h.get("tid") not in never,
                         f"bystander {h.get('tid')} is said to hold {r['name']}")
            if expect.get("only_exact_of_holders") and h["evidence"] == "exact":
                check.expect(h.get("tid") in real,
                             f"exact, and wrong: {h.get('tid')} holds {r['name']}")


DOING = {"sleep": "sleep|nanosleep", "running": "runn", "stopped": "stop",
         "traced": "stopped, traced by [0-9]+ traces", "frozen": "frozen by its cgroup /scene-"}


def check_extras(check, expect, report):
    if expect.get("root_doing"):
        roots = [t for t in report["threads"] if t["role"] == "root"]
        check.expect(any(re.search(DOING[expect["root_doing"]], t.get("doing", "")) for t in roots),
                     f"root does not {expect['root_doing']}: {[t.get('doing') for t in roots]}")
    if "backlog" in expect:
        numbers = [sorted(v for v in r.get("state", {}).values() if isinstance(v, (int, float)))
                   for r in report["resources"] if r["kind"].startswith("unix")]
        check.expect(any(set(expect["backlog"]) <= set(n) for n in numbers),
                     f"backlog is not {expect['backlog']}: {numbers}")
    if expect.get("holder_gone"):
        text = json.dumps(report)
        check.expect(re.search(r'"gone": true|does not exist|has exited|ended', text),
                     "not said that the holder is gone")
    if expect.get("copied"):
        check.expect(any(h["copied"] for r in report["resources"] for h in r["holders"]),
                     "not said that the lock is a copy")
    if "tracked" in expect and "pthread" in report["hooks"].split():
        seen = {h["tid"] for r in report["resources"] for h in r["holders"]
                if h["evidence"] == "tracked"}
        check.expect(seen == set(expect["tracked"]), f"seen to hold it are {seen}")
    if "ns_pid" in expect:
        inside = [t["ns_pid"] for t in report["threads"]]
        check.expect(set(inside) == {expect["ns_pid"]}, f"ids inside are {inside}")
    if "heading" in expect:
        said = report["heading"]
        check.expect(not said if expect["heading"] is None else re.match(expect["heading"], said or ""),
                     f"the heading is {said}")
    if "says" in expect:
        check.expect(expect["says"] in json.dumps(report), f"not said: {expect['says']}")
    if "not_named" in expect:
        check.expect(all(t["comm"] != expect["not_named"] for t in report["threads"]),
                     f"{expect['not_named']} has nothing to do with it")


def check_report(scene, reports, may_be_more=False):
    check = Check("report")
    expect = scene.expect
    if expect.get("only_by_hooks") and scene.via != "hooks":
        check.skip = "it is seen by hooks alone"
        check.expect(not reports, f"yet there are reports: {[r['summary'] for r in reports]}")
        check.skip = "" if check.faults else check.skip
        return check, None
    if scene.via in expect.get("not_by", "").split():
        check.skip = f"it takes longer to see by {scene.via} than one look lasts"
        return check, None
    if "rule" not in expect:
        for report in reports:
            check_blame(check, expect, report)
        check.notes.append(f"{len(reports)} reports: {[r['rule'] for r in reports]}")
        return check, None
    right = [r for r in reports if r["rule"] == expect["rule"]
             and (scene.tids() & set(threads_by_tid(r)))]
    if not check.expect(right, f"no report with the rule {expect['rule']}: "
                               f"{[(r['rule'], r.get('summary')) for r in reports]}"):
        return check, None
    report = right[0]
    if not (may_be_more or expect.get("may_report_more")):
        check.expect(len(reports) == expect["reports"],
                     f"{len(reports)} reports instead of {expect['reports']}: "
                     f"{[(r['rule'], r.get('summary')) for r in reports]}")
    if "certainty" in expect:
        check.expect(matches(expect["certainty"], report["certainty"]),
                     f"certainty is {report['certainty']}, not {expect['certainty']}")
    check_roles(check, expect, report)
    check_holders(check, expect, report)
    for any_report in reports:
        check_blame(check, expect, any_report)
    check_extras(check, expect, report)
    return check, report


def check_since(rules, scene, report, alone=True):
    check = Check("since")
    off = []
    strict = rules.via == "hooks" or not scene.expect.get("since_only_by_hooks")
    by_tid = threads_by_tid(report)
    for tid, mono in scene.since_ns().items():
        waits = (by_tid.get(int(tid)) or {}).get("waits")
        if not waits or not waits.get("since"):
            continue
        wrong = parse_time_ns(waits["since"]) - scene.wall_ns(mono)
        quality = waits.get("since_quality", waits.get("quality", ""))
        off.append(wrong)
        # An emulated actor may be held up before its call, and after it: all the more with all
        # scenes on one stage.
        crowded = rules.vm and not alone
        held_up = 2500 * MS if crowded else 80 * MS if rules.vm else 0
        check.expect(wrong >= -rules.since_tolerance_ns() - (100 * MS if crowded else 0),
                     f"{tid}: since {-wrong / MS:.1f} ms too early")
        if strict and not quality.startswith("at") and quality != "unknown":
            late = rules.since_tolerance_ns() + held_up
            check.expect(wrong <= late,
                         f"{tid}: since {wrong / MS:.1f} ms too late ({quality or 'no quality'})")
    if off:
        check.notes.append(f"since is off by {min(off) / MS:.1f} .. {max(off) / MS:.1f} ms, "
                           f"{len(off)} waits")
    elif not scene.expect.get("root_is_process"):
        check.expect(not scene.since_ns(), "no wait has a since")
    return check


def check_schema(rules, *texts):
    check = Check("schema")
    if isinstance(rules.schema, str):
        check.faults.append(f"the schema cannot be used: {rules.schema}")
        return check
    n = 0
    for text in texts:
        for number, line in enumerate(text.splitlines(), 1):
            try:
                n += 1
                error = jsonschema.exceptions.best_match(rules.schema.iter_errors(json.loads(line)))
                check.expect(not error, f"line {number}: {error.message if error else ''}")
            except ValueError as e:
                check.faults.append(f"line {number} is no JSON: {e}: {line[:200]}")
    check.notes.append(f"{n} lines")
    return check


def check_replay(d, first, second):
    check = Check("replay")
    said = text_of(d, first, None)
    again = text_of(d, second, None)
    check.expect(said is not None and again is not None, "one of the two was not written")
    check.expect(said == again, f"{first} and {second} differ; {text_of(d, 'replay.err').strip()}")
    return check


def status_of(reports):
    """By the worst that was told."""
    worst = {r["severity"] for r in reports}
    return "3" if "stall" in worst else "16" if worst else "0"


def once_status(check, d, reports):
    rc = text_of(d, "once.rc").strip()
    check.expect(rc == status_of(reports),
                 f"exit status {rc} with {len(reports)} reports: {text_of(d, 'once.err').strip()}")


def once_took_ms(d):
    start, end = ([int(x) for x in text_of(d, "once.ns").split()] + [0, 0])[:2]
    return (end - start) / MS


def not_emulated(rules, scene):
    """Some show only where looks are not seconds apart."""
    if rules.vm and scene.expect.get("not_emulated"):
        return Check("report", skip="an emulated machine looks too seldom for it")
    return None


def check_stuck(rules, scene):
    if not_emulated(rules, scene):
        yield not_emulated(rules, scene)
        return
    d = scene.dir
    said = text_of(d, "once.json")
    reports = [r for r in json_lines(said) if "rule" in r]
    check, report = check_report(scene, reports)
    once_status(check, d, reports)
    took = once_took_ms(d)
    check.notes.append(f"--once took {took:.0f} ms")
    if "within_ms" in scene.expect:
        # Emulated, loading the hooks alone takes seconds: what another look took is granted.
        usual = once_took_ms(os.path.join(os.path.dirname(d), "abba")) if rules.vm else 0
        limit = scene.expect["within_ms"] + (usual or (15000 if rules.vm else 0))
        check.expect(took <= limit, f"took longer than {limit:.0f} ms")
    yield check
    if report:
        yield check_since(rules, scene, report)
    yield check_replay(d, "once.json", "replay.json")
    if reports:
        yield check_schema(rules, said)


def latest(events):
    """The last word on each stall, as long as it lasted."""
    last = {}
    for _, r in events:
        if r["event"] in ("opened", "reopened", "changed", "escalated"):
            last[r["id"]] = r
    return list(last.values())


def check_stuck_together(rules, scene, everything):
    """One of many scenes in one look, or one watch, at the whole system."""
    if not_emulated(rules, scene):
        yield not_emulated(rules, scene)
        return
    if os.path.exists(os.path.join(everything, "watch.stamped")):
        reports = latest(stamped(everything))
    else:
        reports = [r for r in json_lines(text_of(everything, "once.json")) if "rule" in r]
    reports = [r for r in reports if scene.concerns(r)]
    check, report = check_report(scene, reports, may_be_more=rules.via == "hooks")
    yield check
    if report:
        yield check_since(rules, scene, report, alone=False)


def scenes_in(d):
    for name in sorted(os.listdir(d)):
        if os.path.exists(os.path.join(d, name, "scene")):
            scene = Scene(os.path.join(d, name))
            if scene.claim:
                yield scene


def check_everything(rules, d):
    """What was told of the whole system: of our scenes alone, and the same from the record."""
    check = Check("look")
    watched = os.path.exists(os.path.join(d, "watch.stamped"))
    said = "watch.json" if watched else "once.json"
    ours = list(scenes_in(os.path.dirname(d)))
    for r in json_lines(text_of(d, said)):
        check.expect("rule" not in r or any(s.concerns(r) for s in ours),
                     f"false report: {r.get('rule')}: {r.get('summary')}")
    if watched:
        watch_status(check, d)
    else:
        check.expect(text_of(d, "once.rc").strip() == "3", f"exit status {text_of(d, 'once.rc')}")
    yield check
    yield check_replay(d, said, "watch.replay.json" if watched else "replay.json")
    yield check_schema(rules, text_of(d, said))


def stamped(d):
    """(when it came, the report) of each line that is one."""
    for line in text_of(d, "watch.stamped").splitlines():
        at, _, rest = line.partition(" ")
        if rest.startswith("{"):
            report = json.loads(rest)
            if "rule" in report:
                yield int(at), report


def watch_status(check, d):
    rc = text_of(d, "watch.rc").strip()
    check.expect(rc == status_of([r for _, r in stamped(d)]),
                 f"exit status {rc}: {text_of(d, 'watch.err').strip()[-300:]}")


def check_late(rules, scene):
    d = scene.dir
    if not_emulated(rules, scene):
        yield not_emulated(rules, scene)
        return
    opened = [(at, r) for at, r in stamped(d) if r["event"] == "opened"]
    if rules.via != "hooks" and scene.expect.get("since_only_by_hooks") and not opened:
        # it wakes more often than the threshold: who did not see the wait begin cannot know
        yield Check("report", skip="a waiter that keeps waking is seen by hooks alone")
        return
    if rules.via != "hooks" and scene.expect.get("only_by_hooks") and not opened:
        yield Check("report", skip=scene.expect["only_by_hooks"])
        return
    told = opened
    if scene.expect.get("by_change"):
        # what it is takes longer to see than that it is
        told = [(at, r) for at, r in stamped(d) if r["event"] in ("opened", "changed")
                and r["rule"] == scene.expect["rule"]][:1]
    check, report = check_report(scene, [r for _, r in told])
    watch_status(check, d)
    yield check
    if report:
        latency = Check("latency")
        began = max(scene.since_ns()[str(t)] for t in scene.tids() if str(t) in scene.since_ns())
        at = next(at for at, r in told if r is report)
        late = at - began - scene.claim["threshold_ns"]
        latency.notes.append(f"reported {late / MS:.0f} ms after the threshold")
        if rules.via == "hooks" or not scene.expect.get("since_only_by_hooks"):
            limit = max(rules.detect_ns(), scene.expect.get("latency_ms", 0) * MS)
            latency.expect(late <= limit,
                           f"later than {limit / MS:.0f} ms after the threshold")
        yield latency
        yield check_since(rules, scene, report)
    yield check_replay(d, "watch.json", "watch.replay.json")
    yield check_schema(rules, text_of(d, "watch.json"))


def long_waits(scene, longer_than_ns):
    return [w for w in scene.log["long"] if w[2] - w[1] > longer_than_ns]


def waiting_tids(report):
    return {t["tid"] for t in report["threads"] if t.get("waits")}


def is_planted(scene, report):
    tids = threads_by_tid(report)
    holder = scene.planted and tids.get(scene.planted["holder_tid"])
    return bool(holder) and scene.planted["waiter_tid"] in tids and holder["role"] == "root"


def check_plant(scene, events):
    check = Check("plant")
    if not check.expect(scene.planted, "the hold was not planted"):
        return check
    opened = [r for _, r in events if r["event"] == "opened" and is_planted(scene, r)]
    if not check.expect(len(opened) == 1, f"{len(opened)} reports of the planted hold"):
        return check
    check.expect(opened[0]["rule"] == "slow-holder", f"its rule is {opened[0]['rule']}")
    check.expect(any(h["evidence"] == "exact" and h.get("tid") == scene.planted["holder_tid"]
                     for r in opened[0]["resources"] for h in r["holders"]), "not exact")
    check.expect(any(r["event"] == "resolved" and r["id"] == opened[0]["id"] for _, r in events),
                 "never reported as resolved")
    return check


def check_silence(scene, events):
    """Nothing but the planted hold, and whatever the scene's own log says was really long."""
    check = Check("silence")
    check.expect(not long_waits(scene, 0) == [] or scene.expect.get("never_blocked"), "nobody blocked")
    if not scene.expect.get("never_blocked"):
        share = scene.log["longest_ns"] / scene.claim["threshold_ns"]
        check.expect(share >= 0.75, f"longest wait is only {share:.0%} of the threshold")
        check.notes.append(f"{scene.log['waits']} waits, the longest {share:.0%} of the threshold")
    really = {w[0] for w in long_waits(scene, scene.claim["threshold_ns"])}
    for _, r in events:
        if r["event"] in ("opened", "reopened") and not is_planted(scene, r):
            if waiting_tids(r) & really:
                check.notes.append(f"the machine was slow: {r['summary']} is true")
            else:
                check.faults.append(f"false report: {r['rule']}: {r.get('summary')}")
        check_blame(check, scene.expect, r)
    return check


class Stall:
    """What was told of one stall, from opened to resolved, and which locks it was about."""

    def __init__(self, at, report, waits):
        self.opened_ns, self.resolved_ns, self.report = at, None, report
        tids = waiting_tids(report)
        self.locks = {w[3] for w in waits if w[0] in tids and w[1] < at <= w[2] + DETECT_NS}

    def covers(self, wait, slack_ns):
        return (wait[3] in self.locks and self.opened_ns <= wait[2] + slack_ns
                and (self.resolved_ns is None or self.resolved_ns >= wait[1]))


def stalls_told(scene, events):
    told = {}
    for at, r in events:
        if is_planted(scene, r):
            continue
        if r["event"] in ("opened", "reopened"):
            told[f"{r['id']} {at}"] = told.pop(r["id"], None)  # it came before
            told[r["id"]] = Stall(at, r, scene.log["long"])
        elif r["event"] == "resolved" and r["id"] in told:
            told[r["id"]].resolved_ns = at
    return [s for s in told.values() if s]


def check_contention(rules, scene, events):
    """Each stall told is a true wait of the log; each long wait of the log belongs to one told."""
    check = Check("waits")
    threshold = scene.claim["threshold_ns"]
    check.expect(scene.log["overflow"] == 0, "the scene's log ran over")
    stalls = stalls_told(scene, events)
    for s in stalls:
        tids = waiting_tids(s.report)
        true = [w for w in long_waits(scene, threshold * 9 // 10)
                if w[0] in tids and w[1] + threshold * 9 // 10 <= s.opened_ns]
        check.expect(true, f"told, but no such wait: {s.report['summary']}")
    # Only what lay wholly inside the watch can be asked for.
    last = max((at for at, _ in events), default=0)
    # Two looks, 50 ms and what they take apart, agree on whatever lasts so long.
    sure = 2 * threshold + DETECT_NS if rules.vm else max(2 * threshold, threshold + 140 * MS)
    must = [w for w in long_waits(scene, sure)
            if scene.planted["since_ns"] <= w[1] and w[2] < last]
    check.expect(must, "no wait was long enough: the scene shows nothing")
    missed = [w for w in must if not any(s.covers(w, rules.detect_ns()) for s in stalls)]
    check.notes.append(f"{len(stalls)} stalls told; {len(must)} waits belong to one")
    for w in missed:
        check.faults.append(f"{w[0]} waited {(w[2] - w[1]) / MS:.0f} ms for {w[3]} and was not told")
    return check


def check_holds(rules, scene, events):
    """Of each hold that was long there is one report, and one only."""
    check = Check("holds")
    opened = [(at, r) for at, r in events if r["event"] == "opened" and not is_planted(scene, r)]
    last = max((at for at, _ in events), default=0)
    first = scene.planted["since_ns"]
    told = []
    for tid, start, end, lock in scene.log["holds"]:
        if start < first or end > last:
            continue
        of_it = [r for at, r in opened if start < at <= end + rules.detect_ns() and any(
            h["tid"] == tid for res in r["resources"] for h in res["holders"])]
        told.append(len(of_it))
        check.expect(len(of_it) <= 1, f"{tid} held {lock} once and was told {len(of_it)} times")
    if check.expect(told, "no hold was long"):
        check.expect(all(told), f"{told.count(0)} of {len(told)} long holds were not told")
        check.notes.append(f"{len(told)} long holds")
    return check


def check_healthy_together(scene, d):
    events = [(at, r) for at, r in stamped(d) if scene.concerns(r)]
    yield check_plant(scene, events)
    yield check_silence(scene, events)


def check_healthy(rules, scene):
    d = scene.dir
    events = list(stamped(d))
    plant = check_plant(scene, events)
    watch_status(plant, d)
    yield plant
    if scene.expect.get("reports_match_log"):
        yield check_contention(rules, scene, events)
        yield check_holds(rules, scene, events)
    else:
        yield check_silence(scene, events)
    yield check_replay(d, "watch.json", "watch.replay.json")
    yield check_schema(rules, text_of(d, "watch.json"))


def check_system(rules, d):
    """One watch over everything: each planted hold, and nothing else of ours (or, in a VM, at all)."""
    check = Check("silence")
    scenes = [Scene(os.path.join(d, n)) for n in sorted(os.listdir(d)) if n != "watch"]
    events = list(stamped(os.path.join(d, "watch")))
    for scene in scenes:
        check.faults += check_plant(scene, events).faults
    ours = {s.claim["pid"] for s in scenes} | {c for s in scenes for c in s.claim["children"]}
    for _, r in events:
        if r["event"] != "opened" or any(is_planted(s, r) for s in scenes):
            continue
        if rules.vm or ours & {t["pid"] for t in r["threads"]}:
            check.faults.append(f"false report: {r['rule']}: {r.get('summary')}")
    check.notes.append(f"{len(scenes)} healthy programs at once")
    yield check
    yield check_schema(rules, text_of(os.path.join(d, "watch"), "watch.json"))


def essence(report):
    """What must be the same whichever way it was seen: all but how, ids, clocks and stacks."""
    by_id = {r["id"]: r for r in report["resources"]}

    def wait(t):
        w = t.get("waits")
        return w and (by_id[w["resource"]]["kind"], by_id[w["resource"]]["name"], w.get("verb"))

    return {
        "rule": report["rule"], "title": report.get("title"), "signature": report["signature"],
        "threads": sorted((t["pid"], t["tid"] or 0, t["comm"], t["role"], t["state"], str(wait(t)))
                          for t in report["threads"]),
        "resources": sorted((r["kind"], r["name"], json.dumps(r["state"], sort_keys=True),
                             str(sorted((h.get("pid") or 0, h.get("tid") or 0)
                                        for h in r["holders"]))) for r in report["resources"]),
    }


def since_of(report):
    return {t["tid"]: parse_time_ns(t["waits"]["since"]) for t in report["threads"]
            if t.get("waits") and t["waits"].get("since")}


def reports_by_way(d, scene):
    """The one report that each way made of this hang."""
    for way in ("hooks", "census", "proc"):
        everything = os.path.join(d, way, "everything")
        if not os.path.isdir(everything):
            continue
        if way == "hooks":
            reports = latest(stamped(everything))
        else:
            reports = [r for r in json_lines(text_of(everything, "once.json")) if "rule" in r]
        reports = [r for r in reports if scene.concerns(r) and r["rule"] == scene.expect["rule"]]
        yield way, reports[-1] if reports else None


def check_same(d, scene, slack_ns):
    check = Check("the same by every way")
    first = None
    for way, report in reports_by_way(d, scene):
        if not check.expect(report, f"{way}: no report"):
            continue
        check.expect(report["via"] == way, f"{way} was asked, {report['via']} was used")
        if not first:
            first, first_way = report, way
            continue
        before, now = essence(first), essence(report)
        partial = first.get("signature_partial") or report.get("signature_partial")
        for key, value in now.items():
            check.expect(value == before[key] or (key == "signature" and partial), f"{key}: {way}: {value}; {first_way}: {before[key]}")
        since = since_of(first)
        for tid, at in since_of(report).items():
            check.expect(abs(at - since.get(tid, at)) <= slack_ns,
                         f"{tid}: since differs by {abs(at - since[tid]) / MS:.0f} ms")
    return check


def check_ways(d, vm):
    """Yields the name of each hang that all ways saw, and what differs."""
    slack_ns = 200 * MS if vm else 50 * MS  # an emulated processor is away for longer at times
    stage = os.path.join(d, "stage")
    for scene in scenes_in(stage) if os.path.isdir(stage) else ():
        if scene.claim["healthy"] or "rule" not in scene.expect:
            continue
        if scene.expect.get("only_by_hooks") or (vm and scene.expect.get("not_emulated")):
            continue
        yield os.path.basename(scene.dir), check_same(d, scene, slack_ns)


def check_scene(rules, d, name):
    """Yields the Checks of one scene; whatever cannot be read is a failure."""
    skip = text_of(d, "skip").strip()
    if skip:
        yield Check("played", skip=skip.replace("skip: ", ""))
        return
    try:
        if name == "system":
            yield from check_system(rules, d)
            return
        if name == "everything" or name.startswith("batch-"):
            yield from check_everything(rules, d)
            return
        scene = Scene(d, rules.via)
        everything = os.path.join(os.path.dirname(d), "everything")
        batch = text_of(d, "batch").strip()
        if not scene.claim or scene.log is None:
            yield Check("played", [f"the scene did not play: {text_of(d, 'scene.err').strip()}"])
        elif batch:
            yield from check_healthy_together(scene, os.path.join(os.path.dirname(d), batch))
        elif not (scene.claim["healthy"] or scene.claim["begins"] or text_of(d, "once.rc")):
            yield from check_stuck_together(rules, scene, everything)
        elif scene.claim["healthy"]:
            yield from check_healthy(rules, scene)
        elif scene.claim["begins"]:
            yield from check_late(rules, scene)
        else:
            yield from check_stuck(rules, scene)
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as e:
        yield Check("read", [f"{type(e).__name__}: {e}"])
