// SPDX-License-Identifier: GPL-2.0
// A headless Chromium that is spoken to by a pipe: no port, and no library.
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

exports.start = () => {
	const home = fs.mkdtempSync(path.join(os.tmpdir(), 'locktrace-html-'));
	const flags = ['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${home}`, '--disable-gpu',
		'--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync', '--disable-extensions', '--hide-scrollbars',
		'--force-color-profile=srgb'];
	if (process.getuid() === 0)
		flags.push('--no-sandbox'); // it refuses to run as root otherwise
	const child = spawn('chromium', flags.concat('about:blank'),
		{ stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
	const waiting = new Map(), listeners = [];
	let id = 0, rest = '', said = '', over = false;

	const end = (why) => {
		over = true;
		for (const w of waiting.values())
			w.reject(new Error(`${why}\n${said.slice(-2000)}`));
		waiting.clear();
	};
	child.stderr.on('data', (d) => { said += d; });
	child.on('error', (e) => end(`chromium: ${e.message}`));
	child.on('exit', (code, signal) => end(`chromium ended: ${signal || code}`));
	child.stdio[3].on('error', () => {});
	child.stdio[4].on('data', (data) => {
		const parts = (rest + data.toString('latin1')).split('\0');

		rest = parts.pop();
		for (const part of parts) {
			const m = JSON.parse(Buffer.from(part, 'latin1').toString('utf8'));
			const w = waiting.get(m.id);

			if (!w) {
				listeners.forEach((f) => f(m));
				continue;
			}
			waiting.delete(m.id);
			if (m.error)
				w.reject(new Error(`${w.method}: ${m.error.message}`));
			else
				w.resolve(m.result);
		}
	});
	const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
		if (over)
			return reject(new Error('chromium has ended'));
		waiting.set(++id, { resolve, reject, method });
		child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
	});
	return {
		send,
		listen: (f) => listeners.push(f),
		stop: async () => {
			if (!over)
				await send('Browser.close').catch(() => {});
			await new Promise((r) => (over ? r() : child.on('exit', r)));
			fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
		},
	};
};

// One page. What it asks for and complains about is kept in it.
exports.open = async (browser, file) => {
	const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
	const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
	const send = (method, params) => browser.send(method, params, sessionId);
	const page = { requests: [], complaints: [], url: 'file://' + path.resolve(file) };
	let loaded;
	const load = new Promise((r) => { loaded = r; });

	browser.listen((m) => {
		if (m.sessionId !== sessionId)
			return;
		if (m.method === 'Network.requestWillBeSent')
			page.requests.push(m.params.request.url);
		else if (m.method === 'Log.entryAdded')
			page.complaints.push(m.params.entry.text);
		else if (m.method === 'Runtime.consoleAPICalled')
			page.complaints.push(JSON.stringify(m.params.args));
		else if (m.method === 'Runtime.exceptionThrown')
			page.complaints.push(m.params.exceptionDetails.text);
		else if (m.method === 'Page.javascriptDialogOpening')
			page.complaints.push('a dialog: ' + m.params.message);
		else if (m.method === 'Page.loadEventFired')
			loaded();
	});
	for (const domain of ['Page', 'Network', 'Log', 'Runtime'])
		await send(`${domain}.enable`);
	page.send = send;
	page.run = async (expression) => {
		const r = await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });

		if (r.exceptionDetails)
			throw new Error(r.exceptionDetails.exception.description);
		return r.result.value;
	};
	page.size = (width, height = 900) => send('Emulation.setDeviceMetricsOverride',
		{ width, height, deviceScaleFactor: page.scale || 1, mobile: width < 600 });
	page.media = (media, scheme) => send('Emulation.setEmulatedMedia',
		{ media, features: [{ name: 'prefers-color-scheme', value: scheme }] });
	// what has been hidden has its place only when it was painted
	page.frames = () => page.run('new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))');
	page.close = () => browser.send('Target.closeTarget', { targetId });
	page.shot = async (to) => {
		const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });

		fs.writeFileSync(to, Buffer.from(data, 'base64'));
	};
	page.pdf = async (to) => {
		const { data } = await send('Page.printToPDF', { printBackground: false });

		fs.writeFileSync(to, Buffer.from(data, 'base64'));
	};
	await send('Page.navigate', { url: page.url });
	await Promise.race([load, new Promise((resolve, reject) => {
		setTimeout(() => reject(new Error(`${file} was not loaded within a minute`)), 60000).unref();
	})]);
	return page;
};
