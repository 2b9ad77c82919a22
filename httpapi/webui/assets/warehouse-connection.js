import { h } from "./dom.js";
import { Page } from "./page.js";
import { merge, texts } from "./texts.js";

export { texts };

// <warehouse-connection api="…/warehouse-connections/"> connects an organization's data warehouse.
export class WarehouseConnection extends HTMLElement {
	static observedAttributes = ["api", "readonly", "heading-level"];

	#page;
	#fetch = (url, init) => window.fetch(url, init);
	#texts = texts;
	#loads = false;

	constructor() {
		super();
		const root = this.attachShadow({ mode: "open" });
		root.append(h("link", { rel: "stylesheet", href: new URL("warehouse-connection.css", import.meta.url).href }));
		this.#page = new Page(this, root);
	}

	connectedCallback() {
		// Properties that were set before the element was defined hide the ones of the class.
		for (const name of ["api", "fetch", "texts", "readOnly", "headingLevel"]) {
			if (!Object.hasOwn(this, name)) continue;
			const value = this[name];
			delete this[name];
			this[name] = value;
		}
		this.reload();
	}

	attributeChangedCallback(name, before, after) {
		if (!this.isConnected || before === after) return;
		if (name === "api") this.reload();
		else this.#page.render();
	}

	// api is the path of the connections.
	get api() { return this.getAttribute("api") ?? ""; }
	set api(value) { this.setAttribute("api", value); }

	// fetch sends all requests. Replace it to add headers.
	get fetch() { return this.#fetch; }
	set fetch(value) {
		this.#fetch = value;
		this.reload();
	}

	// texts replaces some or all of the exported texts.
	get texts() { return this.#texts; }
	set texts(value) {
		this.#texts = merge(value);
		if (this.isConnected) this.#page.render();
	}

	get readOnly() { return this.hasAttribute("readonly"); }
	set readOnly(value) { this.toggleAttribute("readonly", Boolean(value)); }

	get headingLevel() {
		const level = Number.parseInt(this.getAttribute("heading-level"), 10);
		return level >= 1 && level <= 6 ? level : 2;
	}
	set headingLevel(value) { this.setAttribute("heading-level", value); }

	// reload loads the connection again, once however many properties were set.
	reload() {
		if (this.#loads || !this.isConnected || !this.api) return;
		this.#loads = true;
		queueMicrotask(() => {
			this.#loads = false;
			this.#page.load();
		});
	}
}

if (!customElements.get("warehouse-connection")) customElements.define("warehouse-connection", WarehouseConnection);
