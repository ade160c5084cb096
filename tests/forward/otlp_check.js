// SPDX-License-Identifier: GPL-2.0
// otlp_check.js ROOT FILE: each line of FILE is an ExportLogsServiceRequest as JSON. Is it
// one by OpenTelemetry's own definitions (ROOT, a module of protobufjs)? What they have
// not got, or have as another type, does not come back from protobuf as it went in.
"use strict";
const assert = require("assert");
const fs = require("fs");
const [root, file] = process.argv.slice(2);
const v1 = require(require("path").resolve(root)).opentelemetry.proto.collector.logs.v1;
const Request = v1.ExportLogsServiceRequest;

let n = 0, records = 0;
for (const line of fs.readFileSync(file, "utf8").split("\n").filter(Boolean)) {
	const sent = JSON.parse(line);
	const message = Request.fromObject(sent);
	const fault = Request.verify(message);
	assert.strictEqual(fault, null, fault);
	const back = Request.toObject(Request.decode(Request.encode(message).finish()), { longs: String });
	assert.deepStrictEqual(back, sent);
	for (const r of sent.resourceLogs)
		for (const s of r.scopeLogs)
			for (const l of s.logRecords) {
				assert.match(l.timeUnixNano, /^[0-9]{19}$/);
				assert.match(l.observedTimeUnixNano, /^[0-9]{19}$/);
				assert(l.severityNumber >= 1 && l.severityNumber <= 24);
				const keys = l.attributes.map((a) => a.key);
				assert.strictEqual(new Set(keys).size, keys.length, "a key is there twice");
				records++;
			}
	n++;
}
assert(n > 0 && records > 0, "nothing to check");
console.log(`${n} requests, ${records} records`);
