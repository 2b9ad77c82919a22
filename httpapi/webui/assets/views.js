import { codeBlock, copyButton, fingerprint } from "./code.js";
import { countdown, disclosure, h, icon, isBusy, setBusy, time, visible } from "./dom.js";

const statusIcons = { pending_customer_setup: "clock", connected: "check", error: "alert" };
const stepIcons = { passed: "check", failed: "cross", skipped: "dash" };

// badge shows a status in color, as a picture and in words.
export function badge(page, status) {
	return h("span", { class: `tone badge ${status}`, part: "status" }, icon(statusIcons[status] ?? "info"), page.text("statuses")[status] ?? status);
}

// action returns a button. While it is busy it does nothing.
export function action(page, { key, label, run, style = "", busy, place, ...rest }) {
	const button = h("button", {
		type: "button",
		class: style,
		part: `button ${style}`,
		"data-focus": key,
		onclick: (event) => (isBusy(button) ? event.preventDefault() : run?.(button)),
		...rest,
	}, h("span", { class: "caption" }, label));
	if (busy) setBusy(button, true, label);
	else wait(page, button, place);
	return button;
}

// wait starts the countdown of a button, if the API asked to wait at this place.
export function wait(page, button, place) {
	const until = page.state.waits[place];
	if (until > Date.now()) countdown(button, until, (seconds) => page.text("retryIn", { seconds }));
}

// alert returns a box that screen readers announce when it appears.
export function alert(kind, title, ...children) {
	const name = { error: "alert", warning: "alert", success: "check", info: "info" }[kind];
	return h("div", { class: `tone notice ${kind}`, part: "notice", role: kind === "error" ? "alert" : undefined }, icon(name),
		h("div", {}, title && h("p", { class: "notice-title" }, title), ...children));
}

// problemNotice explains a request that failed. The API's own sentence helps if the request was not accepted.
export function problemNotice(page, problem, detail = problem.detail, ...children) {
	const [title, text] = page.text("problems")[problem.kind];
	const warns = ["exists", "conflict", "gone", "busy"].includes(problem.kind);
	return alert(warns ? "warning" : "error", title, h("p", {}, visible((problem.kind === "invalid" && detail) || text)), ...children);
}

// scriptView is the step of the administrator.
export function scriptView(page) {
	const { connection } = page.state;
	const type = page.type();
	const instructions = type?.setup?.instructions || page.text("scriptIntro");
	const language = type?.setup?.language ?? "";
	const key = h("div", {});
	const message = (print) => page.text("administratorMessage", {
		instructions,
		fingerprint: print && page.text("administratorFingerprint", { fingerprint: print }),
	});
	const letter = h("div", {});
	const showLetter = (print) => {
		const text = message(print);
		letter.replaceChildren(
			h("p", { class: "letter" }, text),
			copyButton(page, { text: `${text}\n\n${connection.setup_script}\n`, label: page.text("administrator"), caption: page.text("administratorCopy") }));
	};
	showLetter("");
	fingerprint(connection.public_key).then((print) => {
		if (!print) return;
		key.replaceChildren(h("div", { class: "key" }, h("strong", {}, page.text("fingerprint")),
			h("p", { class: "print" }, h("code", { dir: "ltr", translate: "no" }, print), copyButton(page, { text: print, label: page.text("fingerprint") })),
			h("p", { class: "hint" }, page.text("fingerprintHint"))));
		showLetter(print);
	});
	return [
		h("p", {}, instructions),
		connection.public_key && h("p", { class: "hint" }, page.text("publicKey")),
		codeBlock(page, {
			text: connection.setup_script,
			language,
			label: page.text("scriptLabel"),
			filename: `${connection.type}-setup.${{ sql: "sql", shell: "sh" }[language] ?? "txt"}`,
		}),
		key,
		disclosure(page.text("administrator"), h("p", { class: "hint" }, page.text("administratorHint")), letter),
	];
}

// checkList shows each step of a test with its state and its time.
export function checkList(page, steps) {
	if (!steps?.length) return null;
	return h("ol", { class: "checks", "aria-label": page.text("checks") }, ...steps.map((step) =>
		h("li", { class: step.status }, icon(stepIcons[step.status] ?? "dash"),
			h("span", {}, page.text("checkNames")[step.name] ?? readable(step.name)),
			h("span", { class: "hint" }, page.text("stepStates")[step.status] ?? step.status,
				step.status !== "skipped" && ` · ${duration(step.duration_ms)}`))));
}

function readable(name) {
	const words = visible(name).replaceAll("_", " ");
	return words.charAt(0).toUpperCase() + words.slice(1);
}

function duration(milliseconds) {
	const [value, unit] = milliseconds < 1000 ? [milliseconds, "millisecond"] : [milliseconds / 1000, "second"];
	return new Intl.NumberFormat(document.documentElement.lang || undefined, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

// headline returns the title of a failed test.
export function headline(page) {
	if (page.scriptFirst()) return page.text("scriptFirst");
	const headlines = page.text("headlines");
	return headlines[page.state.connection.diagnosis?.code] ?? headlines.unknown;
}

// failureView explains the last test, which failed.
export function failureView(page) {
	const { connection } = page.state;
	const diagnosis = connection.diagnosis ?? {};
	const title = h(page.heading(2), { class: "notice-title", tabindex: "-1", "data-focus": "result" }, page.fill(headline(page)));
	const explanation = [
		diagnosis.hint && h("p", { class: "vendor" }, visible(diagnosis.hint)),
		diagnosis.fix && h("div", { class: "fix" }, h("p", {}, page.text("fixHint")),
			codeBlock(page, { text: diagnosis.fix, language: page.type()?.setup?.language, label: page.text("fix") })),
	];
	const raw = connection.last_error && disclosure(page.text("rawError"),
		h("div", { class: "raw" },
			diagnosis.vendor_code && h("p", { class: "hint" }, page.text("vendorCode", { code: visible(diagnosis.vendor_code) })),
			h("pre", { dir: "ltr", translate: "no", class: "plain" }, h("code", {}, visible(connection.last_error)))));
	return h("div", { class: "tone notice error result", part: "notice" }, icon(page.scriptFirst() ? "info" : "alert"),
		h("div", {}, title,
			page.scriptFirst() && h("p", {}, page.text("scriptFirstHint")),
			page.scriptFirst() ? disclosure(page.text("scriptRan"), ...explanation) : explanation,
			checkList(page, diagnosis.steps),
			raw));
}

// progressView is shown while a test runs.
export function progressView(page) {
	return h("div", { class: "progress" }, h("div", { class: "bar", "aria-hidden": "true" }), h("p", {}, page.text("testingHint")));
}

// configView lists the config by the titles of its fields.
export function configView(page) {
	const { connection } = page.state;
	const properties = page.type()?.config_schema?.properties ?? {};
	const rows = Object.entries(connection.config).map(([name, value]) => row(properties[name]?.title ?? name, shown(page, value)));
	const tested = connection.last_tested_at ? time(connection.last_tested_at) : page.text("never");
	return h("dl", { class: "config", part: "config" },
		row(page.text("type"), page.title()), ...rows, row(page.text("lastTested"), tested));
}

function row(title, value) {
	return h("div", {}, h("dt", {}, title), h("dd", {}, h("bdi", {}, value)));
}

function shown(page, value) {
	if (value === "" || value === null) return page.text("empty");
	if (typeof value === "boolean") return page.text(value ? "yes" : "no");
	return visible(Array.isArray(value) ? value.join(", ") : value);
}

// disconnectDialog asks before the connection is deleted. load returns the teardown script, if any. confirm
// deletes the connection and returns the problem, if any.
export function disconnectDialog(page, { load, confirm }) {
	const problem = h("div", {});
	const script = h("div", {});
	const run = async (button) => {
		setBusy(button, true, page.text("disconnecting"));
		const failed = await confirm(close);
		if (!failed) return;
		setBusy(button, false, page.text("disconnect"));
		problem.replaceChildren(problemNotice(page, failed));
		wait(page, button, "dialog");
	};
	const close = () => dialog.close();
	const dialog = h("dialog", { part: "dialog", "aria-labelledby": "disconnect-title", onclose: () => dialog.remove() },
		h(page.heading(1), { id: "disconnect-title" }, page.text("disconnectHeading")),
		h("p", {}, page.text("disconnectHint")),
		script, problem,
		h("div", { class: "actions end" },
			action(page, { label: page.text("cancel"), run: close, autofocus: true }),
			action(page, { label: page.text("disconnect"), run, style: "danger" })));
	load().then((text) => text && script.replaceChildren(disclosure(page.text("teardown"),
		h("p", { class: "hint" }, page.text("teardownHint")),
		codeBlock(page, { text, language: page.type()?.setup?.language, label: page.text("teardownLabel") }))));
	return dialog;
}
