// SPDX-License-Identifier: GPL-2.0
// check.js AXE|- SHOTS|- PAGE...: pages in a real browser, as TAP.
'use strict';
const fs = require('fs');
const path = require('path');
const chromium = require('./chromium.js');
const checks = require('./checks.js');

const [axe, shots, ...files] = process.argv.slice(2);
const PHONE = 360, DESK = 1280;
let n = 0, failed = 0;

const result = (what, bad) => {
	console.log(`${bad.length ? 'not ok' : 'ok'} ${++n} - html: ${what}`);
	bad.forEach((b) => console.log(`# ${String(b).replace(/\n/g, '\n# ')}`));
	failed += bad.length > 0;
};

const run = (page, check) => page.run(`{ const shown = ${checks.shown}; (${checks[check]})(); }`);

const accessible = async (page) => {
	const found = await page.run('axe.run(document, { resultTypes: ["violations"] })');

	return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 160)} (${v.nodes.length})`);
};

// Every summary, every link and every box that scrolls is reached, and each can be seen to be.
const tabbed = async (page) => {
	const wanted = await page.run(`[...document.querySelectorAll('a, summary, pre')].filter(e =>
		e.checkVisibility({ contentVisibilityAuto: true })).length`);
	const bad = [];

	await page.run('window.reached = new Set(); document.activeElement.blur()');
	for (let i = 0; i < wanted; i++) {
		for (const type of ['rawKeyDown', 'keyUp'])
			await page.send('Input.dispatchKeyEvent', { type, key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 });
		const plain = await page.run(`{ const e = document.activeElement; window.reached.add(e);
			e === document.body || getComputedStyle(e).outlineStyle === 'none' ? e.outerHTML.slice(0, 100) : '' }`);

		if (plain)
			bad.push(`it cannot be seen that this has the focus: ${plain}`);
	}
	const reached = await page.run('window.reached.size');
	return reached === wanted ? bad : bad.concat(`${reached} of ${wanted} are reached by the tab key`);
};

const unfolds = async (page) => {
	await page.run('document.querySelector("summary").focus()');
	await page.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Enter', code: 'Enter', text: '\r', windowsVirtualKeyCode: 13 });
	await page.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 });
	return await page.run('document.querySelector("details").open') ? [] : ['Enter does not unfold it'];
};

const shoot = async (page, name) => {
	if (shots === '-')
		return;
	await page.shot(path.join(shots, `${name}.png`));
};

const one = async (browser, file) => {
	const name = path.basename(file, '.html');
	const page = await chromium.open(browser, file);

	for (const scheme of ['light', 'dark']) {
		await page.media('', scheme);
		for (const width of [DESK, PHONE]) {
			await page.size(width);
			await shoot(page, `${name}-${width}-${scheme}`);
			result(`${name}: nothing is wider than ${width} px (${scheme})`, await run(page, 'overflow'));
		}
		result(`${name}: text in pictures stands out (${scheme})`, await run(page, 'contrast'));
	}
	result(`${name}: pictures have their words in place`, await run(page, 'picture'));
	result(`${name}: stacks are folded`, await run(page, 'folded'));
	result(`${name}: the list of stalls is at the top`, await run(page, 'overview'));
	result(`${name}: there is nothing in it that is not ours`, await run(page, 'elements'));
	result(`${name}: headings are in order`, await run(page, 'headings'));
	result(`${name}: everything is reached by the tab key`, await tabbed(page));
	result(`${name}: the first details are unfolded by a key`, await unfolds(page));
	await page.media('print', 'dark');
	await page.frames();
	result(`${name}: on paper everything is unfolded`, await run(page, 'printed'));
	result(`${name}: black on white on paper`, await run(page, 'paper'));
	result(`${name}: asks for nothing but itself`, page.requests.filter((r) => r !== page.url));
	result(`${name}: the browser has no complaint`, page.complaints);
	if (axe !== '-') {
		await page.run(fs.readFileSync(axe, 'utf8') + ';0');
		for (const scheme of ['light', 'dark']) {
			await page.media('', scheme);
			await page.run('for (const d of document.querySelectorAll("details")) d.open = true');
			result(`${name}: accessible, by axe (${scheme})`, await accessible(page));
		}
	}
	await page.close();
};

(async () => {
	const browser = chromium.start();

	try {
		for (const file of files)
			await one(browser, file);
	} finally {
		await browser.stop();
	}
	console.log(`1..${n}`);
	process.exit(failed ? 1 : 0);
})().catch((e) => {
	console.log(`not ok ${n + 1} - html: ${e.message.split('\n')[0]}`);
	console.log(e.stack.replace(/^/gm, '# '));
	process.exit(1);
});
