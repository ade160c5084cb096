// SPDX-License-Identifier: GPL-2.0
// A web server in node: requests that read a file, hash in the thread pool, and
// ask a worker thread; all its other threads are idle.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const { Worker, isMainThread, parentPort } = require('worker_threads');

if (isMainThread) {
	const [socket] = process.argv.slice(2);
	const worker = new Worker(__filename);
	const waiting = [];
	worker.on('message', () => waiting.shift().end('done\n'));
	let n = 0;
	http.createServer((request, response) => {
		if (n++ % 3 === 0) {
			waiting.push(response);
			worker.postMessage(n);
		} else if (n % 3 === 0) {
			fs.readFile(__filename, (err, text) => response.end(err ? 'no' : text));
		} else {
			crypto.pbkdf2('secret', 'salt', 10, 32, 'sha256', () => response.end('hashed\n'));
		}
	}).listen(Number(socket), '127.0.0.1', () => console.log('up'));
} else {
	parentPort.on('message', (n) => parentPort.postMessage(n + 1));
}
