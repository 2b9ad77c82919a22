import { h, icon, isBusy, setBusy, spinner, visible } from "./dom.js";
import { Form } from "./form.js";
import { action, alert, badge, checkList, configView, failureView, problemNotice, progressView, scriptView, wait } from "./views.js";

// content returns what the page shows.
export function content(page) {
	const { phase, problems, connection } = page.state;
	if (phase === "loading") return [h("p", { class: "loading", role: "status" }, spinner(), page.text("loading"))];
	if (phase === "problem") {
		const retry = action(page, { key: "retry", label: page.text("retry"), run: () => page.load(), place: "page" });
		return [problemNotice(page, problems.page, undefined, h("div", { class: "actions" }, retry))];
	}
	const title = page.text(connection ? "headingConnected" : "heading");
	return [
		h("header", { part: "header" }, title && h(page.heading(0), {}, title), connection && badge(page, connection.status)),
		h("div", { class: "page-problem", tabindex: "-1", "data-focus": "page-problem" }, problems.page && problemNotice(page, problems.page)),
		h("ol", { class: "steps" }, ...steps(page).map((step, index) => stepView(page, step, index + 1))),
	];
}

// steps returns the steps: whether each is done, current or upcoming, and open. If fold is true, a person can
// open and close it.
function steps(page) {
	const { connection, editing, saved } = page.state;
	const status = connection?.status;
	const connected = status === "connected";
	const runScript = status === "pending_customer_setup" || page.scriptFirst();
	const hasScript = connection ? connection.setup_script : page.type()?.setup;
	const script = { key: "script", title: "stepScript", state: !connection ? "upcoming" : runScript ? "current" : "done", open: runScript, fold: connection && !runScript,
		view: () => [saved && alert("success", null, h("p", {}, page.text("saved"))), ...scriptView(page)] };
	const all = [
		{ key: "connect", title: "stepConnect", state: connection ? "done" : "current", open: !connection, view: () => connectView(page), summary: connection && summary(page) },
		hasScript && script,
		{ key: "test", title: "stepTest", state: !connection || (runScript && status !== "error") ? "upcoming" : connected ? "done" : "current", open: connection && !connected, fold: connected && connection.diagnosis, view: () => testView(page) },
		{ key: "manage", title: "stepManage", state: connected ? "current" : "upcoming", open: connected || editing, fold: connection && !connected && !editing, view: () => manageView(page) },
	].filter(Boolean);
	const current = all.find((step) => step.state === "current");
	current.isCurrent = true;
	return all;
}

function summary(page) {
	const [first] = Object.values(page.state.connection.config);
	return typeof first === "string" && first ? `${page.title()} · ${first}` : page.title();
}

function stepView(page, { key, title, state, isCurrent, open, fold, view, summary }, number) {
	const id = `step-${key}`;
	const isOpen = page.state.open[key] ?? Boolean(open);
	const toggle = () => {
		page.state.open[key] = !isOpen;
		page.render(id);
	};
	const name = [page.text(title), state === "done" && h("span", { class: "live" }, ` (${page.text("done")})`)];
	const heading = fold
		? h(page.heading(1), {}, h("button", { type: "button", class: "fold", "data-focus": id, "aria-expanded": String(isOpen), "aria-controls": `${id}-body`, onclick: toggle }, name, icon("chevron")))
		: h(page.heading(1), { tabindex: "-1", "data-focus": id }, name);
	return h("li", { class: `step ${state}`, part: "step", "aria-current": isCurrent && "step" },
		h("span", { class: "step-number", "aria-hidden": "true" }, state === "done" ? icon("check") : String(number)),
		h("div", { class: "content" },
			h("div", { class: "title" }, heading, summary && h("bdi", { class: "summary" }, summary)),
			h("div", { class: "body", id: `${id}-body` }, isOpen && view())));
}

function connectView(page) {
	const { types, chosen } = page.state;
	if (page.host.readOnly) return [h("p", { class: "hint" }, page.text("notConnected"))];
	const card = (type) => h("label", { class: "card" },
		h("input", { type: "radio", name: "type", value: type.type, "data-focus": `type-${type.type}`, checked: type.type === chosen, onchange: () => page.choose(type.type) }),
		h("span", {}, h("strong", {}, type.title), h("span", { class: "hint" }, type.description ?? "")));
	return [
		types.length > 1 && h("fieldset", {}, h("legend", {}, page.text("chooseType")), h("div", { class: "cards" }, ...types.map(card))),
		formView(page, { label: "connect", busy: "connecting", submit: (form) => page.create(form), check: page.type()?.supports?.check }),
	];
}

// formView returns a form with its button. submit returns the problem to show, if any.
function formView(page, { connection, label, busy, submit, cancel, check }) {
	const form = new Form(page, page.type() ?? { config_schema: {} }, connection);
	const button = action(page, { label: page.text(label), style: "primary", place: "form", type: "submit" });
	const onsubmit = async (event) => {
		event.preventDefault();
		if (isBusy(button)) return;
		setBusy(button, true, page.text(busy));
		form.notice.replaceChildren();
		const problem = await submit(form);
		setBusy(button, false, page.text(label));
		if (!problem) return;
		form.showProblem(problem);
		wait(page, button, "form");
	};
	const element = h("form", { novalidate: true, onsubmit }, form.element);
	if (check) element.append(checkView(page, form, element));
	element.append(h("div", { class: "actions" }, button, cancel && action(page, { label: page.text("cancel"), run: cancel })));
	return element;
}

// checkView checks the fields before they are saved: on a click, and for a type without secrets whenever a
// field was filled in. It never keeps anyone from saving.
function checkView(page, form, element) {
	const result = h("div", { class: "check-result", role: "status" });
	let checked = "";
	const run = async () => {
		const body = { type: page.state.chosen, ...form.body() };
		checked = JSON.stringify(body);
		const current = checked;
		result.replaceChildren(spinner(), page.text("checking"));
		const { ok, value, problem } = await page.attempt("check", (api) => api.send("POST", "test/?include=diagnosis", body));
		if (current !== checked) return;
		if (!ok) {
			result.replaceChildren();
			return problem?.fields.size > 0 && form.showProblem(problem);
		}
		if (value.success) return result.replaceChildren(icon("check"), page.text("checkPassed"));
		const headlines = page.text("headlines");
		const title = page.fill(headlines[value.diagnosis?.code] ?? headlines.unknown);
		result.replaceChildren(icon("alert"), h("span", {}, h("strong", {}, title), " ", h("bdi", {}, visible(value.diagnosis?.hint ?? ""))));
	};
	if (!form.fields.some((field) => field.secret)) {
		const changed = () => JSON.stringify({ type: page.state.chosen, ...form.body() }) !== checked;
		element.addEventListener("change", () => form.complete() && changed() && run());
	}
	return h("div", { class: "check" }, h("button", { type: "button", class: "small", onclick: run }, page.text("check")), result);
}

function testButton(page, label, style) {
	const { testing } = page.state;
	return action(page, { key: "test", label: page.text(testing ? "testing" : label), style, busy: testing, place: "test", run: () => page.test() });
}

function testView(page) {
	const { connection, testing, problems } = page.state;
	if (connection.status === "connected") return [checkList(page, connection.diagnosis?.steps)];
	const failed = connection.status === "error";
	const before = failed ? failureView(page) : h("p", {}, page.text("testIntro"));
	return [
		testing ? progressView(page) : before,
		problems.test && problemNotice(page, problems.test),
		!page.host.readOnly && h("div", { class: "actions" }, testButton(page, failed ? "testAgain" : "test", "primary")),
	];
}

function manageView(page) {
	const { connection, testing, editing, problems } = page.state;
	if (editing) return editView(page);
	const connected = connection.status === "connected";
	const success = h("div", { class: "tone notice success", part: "notice" }, icon("check"), h("div", {},
		h(page.heading(2), { class: "notice-title", tabindex: "-1", "data-focus": "result" }, page.text("connected")),
		h("p", {}, page.text("connectedHint"))));
	return [
		connected && (testing ? progressView(page) : success),
		connected && problems.test && problemNotice(page, problems.test),
		configView(page),
		!page.host.readOnly && h("div", { class: "actions" },
			connected && testButton(page, "testAgain"),
			action(page, { key: "edit", label: page.text("edit"), run: () => page.edit(true) }),
			action(page, { label: page.text("disconnect"), style: "danger", run: () => page.askToDisconnect() })),
	];
}

function editView(page) {
	const { connection } = page.state;
	return [
		h(page.heading(2), { tabindex: "-1", "data-focus": "edit-heading" }, page.text("editHeading")),
		alert("warning", null, h("p", {}, page.text("editWarning"))),
		formView(page, { connection, label: "save", busy: "saving", submit: (form) => page.update(form), cancel: () => page.edit(false) }),
	];
}
