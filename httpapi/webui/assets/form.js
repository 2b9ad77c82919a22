import { disclosure, h, icon } from "./dom.js";
import { problemNotice } from "./views.js";

// A Form has the fields of a connection's type, from its JSON Schema. With a connection, it edits that one.
export class Form {
	constructor(page, type, connection) {
		this.page = page;
		this.connection = connection;
		const schema = type.config_schema;
		const required = new Set(schema.required ?? []);
		this.fields = Object.entries(schema.properties ?? {}).map(([name, property]) =>
			new Field(page, name, property, { required: required.has(name), connection }));
		this.notice = h("div", { class: "form-notice" });
		this.element = h("div", { class: "fields" }, ...this.#groups(), this.notice);
	}

	// groups puts the fields without a default first and folds the others, unless they are to be edited.
	#groups() {
		if (this.connection) return this.fields.map((field) => field.element);
		const folded = this.fields.filter((field) => field.folds);
		const first = this.fields.filter((field) => !field.folds).sort((a, b) => b.required - a.required);
		const elements = first.map((field) => field.element);
		if (folded.length > 0) {
			const names = folded.every((field) => field.kind === "text");
			elements.push(disclosure(this.page.text(names ? "names" : "moreSettings"),
				h("p", { class: "hint" }, this.page.text("defaultsHint")),
				h("div", { class: "grid" }, ...folded.map((field) => field.element))));
		}
		return elements;
	}

	// body returns the fields that are filled in. The server has the defaults of the others.
	body() {
		const body = {};
		for (const field of this.fields) {
			const value = field.value();
			if (value !== "") body[field.name] = value;
		}
		return body;
	}

	// changes returns the fields that differ from the connection.
	changes() {
		const changes = {};
		for (const field of this.fields) {
			if (field.locked || (field.secret && field.value() === "")) continue;
			if (JSON.stringify(field.value()) !== JSON.stringify(field.initial)) changes[field.name] = field.value();
		}
		return changes;
	}

	complete() {
		return this.fields.every((field) => !field.required || field.value() !== "");
	}

	// showProblem puts messages about fields at the fields, and focuses the first one. Others go below.
	showProblem(problem) {
		const others = new Map(problem?.fields);
		for (const field of this.fields) {
			field.showError(others.get(field.name) ?? "");
			others.delete(field.name);
		}
		const invalid = [...this.element.querySelectorAll("[aria-invalid]")];
		for (const control of invalid) {
			const details = control.closest("details");
			if (details) details.open = true;
		}
		invalid[0]?.focus();
		if (problem && (invalid.length === 0 || others.size > 0)) {
			this.notice.replaceChildren(problemNotice(this.page, problem, [...others.values()].join(" ")));
		} else {
			this.notice.replaceChildren();
		}
	}
}

class Field {
	constructor(page, name, property, { required, connection }) {
		this.page = page;
		this.name = name;
		this.property = property;
		this.secret = property.writeOnly === true;
		this.required = required;
		this.locked = Boolean(connection) && property["x-immutable"] === true;
		this.kind = kindOf(property);
		this.folds = !required && property.default !== undefined;
		this.initial = connection && !this.secret ? connection.config[name] : property.default;
		this.initial ??= this.kind === "boolean" ? false : "";
		this.control = this.#control(connection);
		this.error = h("p", { class: "field-error", id: `error-${name}` });
		this.element = this.#layout(connection);
	}

	#layout(connection) {
		const { page, property, name } = this;
		const label = h("label", { for: `field-${name}` }, property.title ?? name);
		if (!this.required && !this.folds && !connection) label.append(h("span", { class: "hint" }, ` (${page.text("optional")})`));
		const hints = [];
		if (property.description) hints.push(property.description);
		if (this.kind === "list") hints.push(page.text("onePerLine"));
		if (!connection && property.examples?.length) hints.push(page.text("example", { example: String(property.examples[0]) }));
		if (this.locked) hints.unshift(page.text("locked"));
		if (this.secret && connection) hints.unshift(page.text("stored"));
		const hint = h("p", { class: "hint", id: `hint-${name}` }, hints.join(" "));
		this.control.setAttribute("aria-describedby", `hint-${name} error-${name}`);
		const control = this.locked ? h("span", { class: "locked" }, this.control, icon("lock")) : this.control;
		const order = this.kind === "boolean" ? [h("span", { class: "choice" }, control, label)] : [label, control];
		return h("div", { class: "field", part: "field" }, ...order, hints.length > 0 && hint, this.error);
	}

	#control(connection) {
		const common = { id: `field-${this.name}`, name: this.name, part: "input", "aria-required": this.required && "true", autocomplete: "off", spellcheck: "false", autocapitalize: "off" };
		const { property, initial } = this;
		if (this.locked) return h("input", { ...common, type: "text", readonly: true, value: String(initial) });
		switch (this.kind) {
			case "choice":
				return h("select", common,
					initial === "" && h("option", { value: "" }, this.page.text("choose")),
					...choices(property).map(({ value, title }) => h("option", { value: String(value), selected: value === initial }, title)));
			case "boolean":
				return h("input", { ...common, type: "checkbox", checked: initial === true });
			case "number":
				return h("input", { ...common, type: "text", inputmode: property.type === "integer" ? "numeric" : "decimal", value: String(initial) });
			case "list":
				return h("textarea", { ...common, rows: 3, value: initial === "" ? "" : initial.join("\n") });
		}
		if (this.secret) {
			return h("input", { ...common, type: "password", autocomplete: "new-password", placeholder: connection && "••••••••", "data-secret": true });
		}
		return h("input", { ...common, type: "text", value: initial });
	}

	// value returns the value as JSON has it, and "" if the field is empty.
	value() {
		const { control } = this;
		if (this.locked) return this.initial;
		switch (this.kind) {
			case "boolean":
				return control.checked;
			case "number": {
				const text = control.value.trim();
				return text === "" || Number.isNaN(Number(text)) ? text : Number(text);
			}
			case "choice":
				return choices(this.property).find(({ value }) => String(value) === control.value)?.value ?? "";
			case "list": {
				const lines = control.value.split("\n").map((line) => line.trim()).filter(Boolean);
				return lines.length > 0 ? lines : "";
			}
		}
		return control.value;
	}

	showError(message) {
		this.error.replaceChildren(...(message ? [icon("alert"), message] : []));
		if (message) this.control.setAttribute("aria-invalid", "true");
		else this.control.removeAttribute("aria-invalid");
	}
}

function kindOf(property) {
	if (property.enum || property.oneOf) return "choice";
	const type = [property.type].flat()[0];
	return { boolean: "boolean", integer: "number", number: "number", array: "list" }[type] ?? "text";
}

function choices(property) {
	if (property.oneOf) return property.oneOf.map((one) => ({ value: one.const, title: one.title ?? String(one.const) }));
	return property.enum.map((value) => ({ value, title: String(value) }));
}
