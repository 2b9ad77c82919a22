import { h, icon, visible } from "./dom.js";

// The group that matches names the class. Scripts write keywords in upper case.
const languages = {
	sql: /(?<comment>--.*|\/\*[^]*?\*\/)|(?<string>'[^']*'|\$\$[^]*?\$\$)|(?<name>"[^"]*")|(?<keyword>\b[A-Z]{2,}\b)|(?<digits>\b\d+\b)/g,
	shell: /(?<comment>(?<!\S)#.*)|(?<string>'[^']*')|(?<name>"(?:[^"\\]|\\.)*")|(?<keyword>\b(?:case|do|done|echo|else|esac|exit|export|fi|for|if|in|set|then|while)\b)/g,
};
const highlightLimit = 65_536;

// highlight returns the text as nodes, in colors if the language is known.
function highlight(text, language) {
	const pattern = languages[language];
	if (!pattern || text.length > highlightLimit) return [text];
	const nodes = [];
	let end = 0;
	for (const match of text.matchAll(pattern)) {
		const [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
		nodes.push(text.slice(end, match.index), h("span", { class: kind }, match[0]));
		end = match.index + match[0].length;
	}
	nodes.push(text.slice(end));
	return nodes;
}

// codeBlock returns a text in full, with buttons. Copy and Download use the exact text.
export function codeBlock(page, { text, language, label, filename }) {
	const code = h("code", {}, highlight(visible(text), language));
	const tools = [copyButton(page, { text, label, source: code })];
	if (filename) tools.push(downloadButton(page, { text, label, filename }));
	return h("figure", { class: "code", part: "code" },
		h("figcaption", {}, label, h("span", { class: "tools" }, tools)),
		h("pre", { dir: "ltr", translate: "no" }, code));
}

// copyButton confirms in its caption, and to screen readers.
export function copyButton(page, { text, label, source, caption = page.text("copy") }) {
	const name = h("span", { class: "caption" }, caption);
	const button = h("button", { type: "button", class: "small", "aria-label": `${caption}: ${label}` }, icon("copy"), name);
	let timer;
	button.addEventListener("click", async () => {
		const copied = await copy(text, source);
		name.textContent = page.text(copied ? "copied" : "copyFailed");
		button.querySelector("svg").replaceWith(icon(copied ? "check" : "copy"));
		page.announce(name.textContent);
		clearTimeout(timer);
		timer = setTimeout(() => {
			name.textContent = caption;
			button.querySelector("svg").replaceWith(icon("copy"));
		}, 2500);
	});
	return button;
}

// copy falls back to selecting the text, for pages without access to the clipboard.
async function copy(text, source) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		if (source) getSelection()?.selectAllChildren(source);
		return false;
	}
}

function downloadButton(page, { text, label, filename }) {
	const save = () => {
		const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
		h("a", { href: url, download: filename }).click();
		setTimeout(() => URL.revokeObjectURL(url), 1000);
	};
	return h("button", { type: "button", class: "small", "aria-label": `${page.text("download")}: ${label}`, onclick: save },
		icon("download"), h("span", { class: "caption" }, page.text("download")));
}

// fingerprint returns the fingerprint of a public key as base64 of its SubjectPublicKeyInfo, or "" for
// another kind of key. Browsers compute it on HTTPS and localhost only.
export async function fingerprint(publicKey) {
	if (!publicKey || !globalThis.crypto?.subtle) return "";
	try {
		const der = Uint8Array.from(atob(publicKey), (c) => c.charCodeAt(0));
		if (der[0] !== 0x30 || der.length < 64) return "";
		const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
		return "SHA256:" + btoa(String.fromCharCode(...hash));
	} catch {
		return "";
	}
}
