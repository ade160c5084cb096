// SPDX-License-Identifier: GPL-2.0
// Each is run in the page, and returns what is wrong with it: a list of sentences.
'use strict';

const shown = (e) => e.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });

exports.overflow = () => {
	const root = document.documentElement, bad = [];

	if (root.scrollWidth > root.clientWidth)
		bad.push(`the page is ${root.scrollWidth} px wide, the screen ${root.clientWidth}`);
	for (const e of document.querySelectorAll('body *')) {
		const r = e.getBoundingClientRect();

		if (r.width && r.right > root.clientWidth + 1 && !e.closest('pre, svg'))
			bad.push(`<${e.localName} class="${e.className}"> ends at ${Math.round(r.right)} px`);
	}
	return bad.slice(0, 5);
};

// Words in a picture: none over another, none over a box that is not its own, none past its box.
exports.picture = () => {
	const bad = [], say = (t, what) => bad.push(`"${t.textContent}" ${what}`);
	const cross = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 &&
		b.top < a.bottom - 0.5;

	for (const svg of document.querySelectorAll('svg.graph')) {
		const all = svg.getBoundingClientRect();
		const texts = [...svg.querySelectorAll('text')].map((e) => ({ e, r: e.getBoundingClientRect() }));
		const boxes = [...svg.querySelectorAll('.box')].map((e) => (
			{ e, r: [...e.querySelectorAll('rect')].pop().getBoundingClientRect() }));

		texts.forEach((t, i) => {
			const own = t.e.closest('.box');

			if (!t.r.width)
				say(t.e, 'is not to be seen');
			if (t.r.right > all.right + 1 || t.r.left < all.left - 1)
				say(t.e, 'is past the picture');
			for (const other of texts.slice(i + 1))
				if (cross(t.r, other.r))
					say(t.e, `is over "${other.e.textContent}"`);
			for (const box of boxes) {
				if (box.e === own && t.r.right > box.r.right - 2)
					say(t.e, `is past its box by ${Math.round(t.r.right - box.r.right)} px`);
				if (box.e !== own && cross(t.r, box.r))
					say(t.e, 'is over a box');
			}
		});
		boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
			if (cross(a.r, b.r))
				bad.push(`boxes overlap: ${a.e.textContent} and ${b.e.textContent}`);
		}));
	}
	return bad.slice(0, 5);
};

// axe does not look into pictures: text there against what is below it, by WCAG's formula.
exports.contrast = () => {
	const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
	const rgb = (color) => {
		probe.fillStyle = color;
		probe.fillRect(0, 0, 1, 1);
		return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
	};
	const light = (color) => rgb(color).map((v) => v / 255)
		.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ratio = (a, b) => {
		const [x, y] = [light(a), light(b)].sort((p, q) => q - p);

		return (x + 0.05) / (y + 0.05);
	};
	const ground = getComputedStyle(document.body).backgroundColor, bad = new Set();

	for (const t of document.querySelectorAll('svg.graph text')) {
		const box = t.closest('.box');
		const below = box ? getComputedStyle([...box.querySelectorAll('rect')].pop()).fill : ground;
		const r = ratio(getComputedStyle(t).fill, below);

		if (r < 4.5)
			bad.add(`text in ${box ? box.getAttribute('class') : 'a label'}: ${r.toFixed(1)}:1`);
	}
	for (const e of document.querySelectorAll('.edge, .lasts, .point')) {
		const style = getComputedStyle(e);
		const r = ratio(e.matches('.edge') ? style.stroke : style.fill, ground);

		if (r < 3)
			bad.add(`.${e.getAttribute('class')}: ${r.toFixed(1)}:1`);
	}
	return [...bad];
};

// Nothing but what the report is made of, and nothing that runs.
exports.elements = () => {
	const known = new Set(('html head meta title style body header h1 h2 h3 h4 p main article span b i bdi dl div dt dd ' +
		'ul ol li a br nav figure figcaption svg g rect text path line circle defs marker desc details summary code ' +
		'pre footer').split(' '));
	const bad = [];

	for (const e of document.querySelectorAll('*')) {
		if (!known.has(e.localName))
			bad.push(`there is a <${e.localName}>`);
		for (const a of e.attributes)
			if (/^on|^style$|^src$/.test(a.name))
				bad.push(`<${e.localName}> has ${a.name}`);
	}
	for (const a of document.querySelectorAll('a'))
		if (!document.getElementById(decodeURIComponent(a.getAttribute('href').slice(1))))
			bad.push(`${a.getAttribute('href')} leads nowhere`);
	const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
	if (new Set(ids).size !== ids.length)
		bad.push('an id is there twice');
	return bad.slice(0, 5);
};

exports.headings = () => {
	const bad = [];
	let last = 0;

	for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
		const level = +h.localName[1];

		if (level > last + 1)
			bad.push(`<h${level}> "${h.textContent}" after <h${last}>`);
		last = level;
	}
	if (document.querySelectorAll('h1').length !== 1)
		bad.push('not one <h1>');
	if (document.documentElement.lang !== 'en')
		bad.push('no language');
	for (const svg of document.querySelectorAll('svg.graph'))
		if (svg.firstElementChild.localName !== 'title' || !svg.querySelector('desc').textContent)
			bad.push('a picture without a title or a description');
	return bad;
};

// On paper there is nothing to unfold.
exports.printed = () => {
	const folded = [...document.querySelectorAll('.frames li, details h4, details pre')];

	return folded.filter((e) => !shown(e) || !e.getBoundingClientRect().height)
		.map((e) => `not printed: ${e.textContent.slice(0, 60)}`).slice(0, 3);
};
exports.folded = () => {
	const bad = [...document.querySelectorAll('.frames li')].filter((e) => shown(e));

	return bad.map((e) => `unfolded: ${e.textContent.slice(0, 60)}`).slice(0, 3);
};
exports.paper = () => {
	const { color, backgroundColor } = getComputedStyle(document.body);

	return color === 'rgb(0, 0, 0)' && backgroundColor === 'rgb(255, 255, 255)' ? []
		: [`${color} on ${backgroundColor}`];
};

// What is shown at the top is what stands at the end.
exports.overview = () => {
	const nav = document.querySelector('nav'), first = document.querySelector('article');

	if (document.querySelectorAll('article').length > 1 && !nav)
		return ['several reports, and no list of them'];
	return nav && nav.getBoundingClientRect().top > first.getBoundingClientRect().top
		? ['the list of reports is not at the top'] : [];
};

exports.shown = shown;
