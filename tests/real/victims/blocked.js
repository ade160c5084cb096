// SPDX-License-Identifier: GPL-2.0
// The main thread in its event loop, workers in Atomics.wait below a stack of their own.
const { Worker, isMainThread } = require("node:worker_threads");

function deep(n, f) {
  return n ? deep(n - 1, f) + 1 : f();
}

if (isMainThread) {
  let ready = 0;
  for (let i = 0; i < 4; i++)
    new Worker(__filename).on("message", () => ++ready === 4 && console.log("ready"));
  process.stdin.on("end", () => process.exit(0)).resume();
} else {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  require("node:worker_threads").parentPort.postMessage(0);
  deep(20, () => Atomics.wait(cell, 0, 0));
}
