import { API, Problem } from "./api.js";
import { h } from "./dom.js";
import { content } from "./steps.js";
import { fill } from "./texts.js";
import { disconnectDialog, headline } from "./views.js";

// A Page is the element's state and its requests. Which step is open follows from the connection alone, so it
// is the same after a reload.
export class Page {
	constructor(host, root) {
		this.host = host;
		this.root = root;
		this.main = h("div", { class: "page", part: "page" });
		this.live = h("div", { class: "live", role: "status" });
		root.append(this.main, this.live);
		this.reset();
	}

	reset() {
		this.state = { phase: "loading", types: [], chosen: "", connection: null, editing: false, testing: false, saved: false, problems: {}, waits: {}, open: {} };
	}

	// text returns a text with the title of the type in it.
	text(key, values) {
		const text = this.host.texts[key];
		return typeof text === "string" ? this.fill(text, values) : text;
	}

	fill(template, values) {
		return fill(template, { title: this.title(), ...values });
	}

	type() {
		const name = this.state.connection?.type ?? this.state.chosen;
		return this.state.types.find((type) => type.type === name);
	}

	title() {
		return this.type()?.title ?? this.state.connection?.type ?? "";
	}

	// heading returns the tag of a heading that is depth levels below the page's own.
	heading(depth) {
		return `h${Math.min(this.host.headingLevel + depth, 6)}`;
	}

	// scriptFirst reports whether the last test failed as it does before the setup script has run.
	scriptFirst() {
		const { connection } = this.state;
		return connection?.status === "error" && connection.diagnosis?.code === "authentication_failed" &&
			Boolean(connection.setup_script) && !wasConnected(connection.id);
	}

	announce(text) {
		this.live.textContent = "";
		// A text that is the same as before is only announced if it disappeared in between.
		setTimeout(() => { this.live.textContent = text; }, 50);
	}

	emit(name, detail) {
		this.host.dispatchEvent(new CustomEvent(`warehouse-connection-${name}`, { detail, bubbles: true, composed: true }));
	}

	// render builds the page again. It focuses the element with the given key, or else keeps the focus.
	render(focus) {
		const key = focus ?? this.root.activeElement?.dataset.focus;
		this.main.replaceChildren(...content(this));
		const target = key && this.root.querySelector(`[data-focus="${key}"]`);
		target?.focus({ preventScroll: true });
		if (focus) target?.scrollIntoView({ block: "nearest" });
	}

	show(connection) {
		this.state.connection = connection;
		this.state.open = {};
		if (connection?.status === "connected") remember(connection.id, true);
		if (connection?.status === "pending_customer_setup") remember(connection.id, false);
	}

	// attempt sends a request and keeps its problem, to be shown at a place. If the page was loaded again
	// before the response arrived, it returns neither.
	async attempt(place, request) {
		const { api } = this;
		try {
			const value = await request(api);
			return api === this.api ? { ok: true, value } : {};
		} catch (problem) {
			if (!(problem instanceof Problem)) throw problem;
			if (api !== this.api) return {};
			this.state.problems[place] = problem;
			if (problem.kind === "busy") this.state.waits[place] = Date.now() + problem.retryAfter * 1000;
			return { problem };
		}
	}

	async load() {
		this.api = new API((url, init) => this.host.fetch(url, init), this.host.api);
		this.reset();
		this.render();
		const { ok, value, problem } = await this.attempt("page", (api) => api.load());
		if (ok) {
			Object.assign(this.state, { phase: "ready", types: value.types, chosen: value.types[0]?.type ?? "" });
			this.show(value.connection);
		}
		if (problem) this.state.phase = "problem";
		this.render();
	}

	// create and update return the problem, if any, for the form to show.
	async create(form) {
		const { ok, value, problem } = await this.attempt("form", (api) => api.send("POST", "", { type: this.state.chosen, ...form.body() }));
		if (ok) {
			this.show(value);
			this.state.problems = {};
			this.render("step-script");
			this.announce(this.text("created"));
			this.emit("created", { id: value.id, type: value.type });
		}
		if (problem?.kind !== "conflict" || !problem.body?.id) return problem;
		// The organization has a connection: show that one.
		const existing = await this.attempt("form", (api) => api.read(problem.body.id));
		if (!existing.ok) return existing.problem;
		this.show(existing.value);
		this.state.problems = { page: new Problem("exists") };
		this.render("page-problem");
	}

	async update(form) {
		const changes = form.changes();
		if (Object.keys(changes).length === 0) return this.edit(false);
		const { ok, value, problem } = await this.attempt("form", (api) => api.send("PATCH", `${this.state.connection.id}/`, changes));
		if (ok) {
			Object.assign(this.state, { editing: false, problems: {}, saved: value.status === "pending_customer_setup" });
			this.show(value);
			this.render("step-script");
			this.announce(this.text("saved"));
		}
		return problem?.kind === "missing" ? this.gone() : problem;
	}

	edit(editing) {
		Object.assign(this.state, { editing, problems: {} });
		this.render(editing ? "edit-heading" : "edit");
	}

	choose(type) {
		this.state.chosen = type;
		this.render(`type-${type}`);
	}

	async test() {
		const { id } = this.state.connection;
		Object.assign(this.state, { testing: true, saved: false, problems: {} });
		this.render("test");
		this.announce(this.text("testingHint"));
		const { ok, value, problem } = await this.attempt("test", (api) => api.send("POST", `${id}/test/?include=diagnosis`));
		if (!ok && !problem) return;
		this.state.testing = false;
		if (problem?.kind === "missing") return this.gone();
		if (problem) {
			if (problem.kind === "conflict") {
				const changed = await this.attempt("test", (api) => api.read(id));
				if (changed.ok) this.show(changed.value);
			}
			return this.render("test");
		}
		this.show({
			...this.state.connection,
			status: value.success ? "connected" : "error",
			last_tested_at: value.tested_at,
			last_error: value.error ?? null,
			diagnosis: value.diagnosis,
		});
		this.render("result");
		this.announce(value.success ? this.text("testPassed") : headline(this));
		this.emit("tested", { success: value.success, code: value.diagnosis?.code ?? null });
	}

	askToDisconnect() {
		const { id } = this.state.connection;
		const load = async () => {
			if (!this.type()?.supports?.teardown) return "";
			const { value } = await this.attempt("teardown", (api) => api.send("GET", `${id}/?include=teardown_script`));
			return value?.teardown_script;
		};
		const confirm = async (close) => {
			const { ok, problem } = await this.attempt("dialog", (api) => api.send("DELETE", `${id}/`));
			if (problem && problem.kind !== "missing") return problem;
			close(); // what is behind the dialog cannot be focused
			if (problem) return this.gone();
			if (!ok) return;
			this.startOver();
			this.render("step-connect");
			this.announce(this.text("disconnected"));
			this.emit("deleted", { id });
		};
		const dialog = disconnectDialog(this, { load, confirm });
		this.root.append(dialog);
		dialog.showModal();
	}

	gone() {
		this.startOver();
		this.state.problems.page = new Problem("gone");
		this.render("page-problem");
	}

	startOver() {
		remember(this.state.connection.id, false);
		Object.assign(this.state, { connection: null, editing: false, saved: false, problems: {}, waits: {}, open: {} });
	}
}

// Whether a connection has worked is not part of the API. It only changes the wording of a failed login.
const storageKey = (id) => `warehouse-connection:${id}`;

function remember(id, connected) {
	try {
		if (connected) localStorage.setItem(storageKey(id), "connected");
		else localStorage.removeItem(storageKey(id));
	} catch {
		// The browser allows no storage.
	}
}

function wasConnected(id) {
	try {
		return localStorage.getItem(storageKey(id)) !== null;
	} catch {
		return false;
	}
}
