// h returns an element. Children are nodes or texts: no text is ever parsed as HTML.
export function h(tag, properties, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(properties ?? {})) {
		if (value === undefined || value === null || value === false) continue;
		if (typeof value === "function") element.addEventListener(name.slice(2), value);
		else if (name === "value" || name === "checked") element[name] = value;
		else element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
	return element;
}

const paths = {
	check: "M4 10.5l4 4 8-9",
	cross: "M5.5 5.5l9 9m0-9l-9 9",
	alert: "M10 3L1.8 17h16.4L10 3zm0 5.2v4m0 2.3v.1",
	info: "M10 2.5a7.5 7.5 0 100 15 7.5 7.5 0 000-15zm0 6.5v4.5m0-7.4v.1",
	clock: "M10 2.5a7.5 7.5 0 100 15 7.5 7.5 0 000-15zm0 3.5v4.2l2.8 1.8",
	lock: "M5 9h10v7.5H5V9zm2.2 0V6.3a2.8 2.8 0 015.6 0V9",
	dash: "M5.5 10h9",
	chevron: "M7 4.5l5.5 5.5L7 15.5",
	copy: "M7 7h9.5v9.5H7V7zm-3.5 6V3.5H13",
	download: "M10 3v9.5m0 0L6 8.7m4 3.8l4-3.8M3.5 16.5h13",
};

// icon returns a decorative picture.
export function icon(name) {
	const namespace = "http://www.w3.org/2000/svg";
	const svg = document.createElementNS(namespace, "svg");
	svg.setAttribute("viewBox", "0 0 20 20");
	svg.setAttribute("aria-hidden", "true");
	svg.setAttribute("class", `icon ${name}`);
	const path = document.createElementNS(namespace, "path");
	path.setAttribute("d", paths[name]);
	svg.append(path);
	return svg;
}

export function spinner() {
	return h("span", { class: "spinner", "aria-hidden": "true" });
}

// visible returns a text with invisible characters written out: control characters, and those that change
// the direction of the text, could make it look like another one.
export function visible(text) {
	return String(text).replace(
		/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
		(c) => (c === "\r" ? "" : `‹U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`),
	);
}

// disclosure returns a text that folds open.
export function disclosure(summary, ...children) {
	return h("details", { class: "disclosure" },
		h("summary", {}, icon("chevron"), h("span", {}, summary)),
		h("div", { class: "disclosed" }, ...children));
}

// setBusy sets the caption of a button, and whether it works. A button that does not keeps the focus.
export function setBusy(button, busy, caption, waiting) {
	button.querySelector(".spinner")?.remove();
	if (busy && !waiting) button.prepend(spinner());
	if (busy) button.setAttribute("aria-disabled", "true");
	else button.removeAttribute("aria-disabled");
	button.querySelector(".caption").textContent = caption;
}

export const isBusy = (button) => button.getAttribute("aria-disabled") === "true";

// countdown keeps a button from working until a time in milliseconds. The label gets the seconds that are left.
export function countdown(button, until, label) {
	const caption = button.querySelector(".caption").textContent;
	const tick = () => {
		const seconds = Math.ceil((until - Date.now()) / 1000);
		setBusy(button, seconds > 0, seconds > 0 ? label(seconds) : caption, true);
		if (seconds <= 0 || !button.isConnected) clearInterval(timer);
	};
	const timer = setInterval(tick, 250);
	tick();
}

const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// time returns a time as a distance from now, with the exact one on hover.
export function time(iso) {
	const then = new Date(iso);
	const language = document.documentElement.lang || undefined;
	const seconds = Math.round((then - Date.now()) / 1000);
	const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? units[3];
	const distance = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
	const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" }).format(then);
	return h("time", { datetime: iso, title: exact }, distance);
}
