// A Problem is a request that failed. Its kind is a key of texts.problems.
export class Problem extends Error {
	constructor(kind, { status = 0, body = null, retryAfter = 0 } = {}) {
		super(kind);
		this.kind = kind;
		this.status = status;
		this.body = body;
		this.retryAfter = retryAfter;
	}

	// detail is the API's own sentence, if the error is about the request as a whole.
	get detail() {
		return typeof this.body?.detail === "string" ? this.body.detail : "";
	}

	// fields maps names of fields to messages.
	get fields() {
		const fields = new Map();
		if (this.kind !== "invalid" || typeof this.body !== "object") return fields;
		for (const [name, messages] of Object.entries(this.body ?? {})) {
			if (Array.isArray(messages)) fields.set(name, messages.join(" "));
		}
		return fields;
	}
}

const kinds = { 400: "invalid", 401: "unauthenticated", 403: "forbidden", 404: "missing", 409: "conflict", 413: "invalid", 415: "invalid", 429: "busy" };
const timeout = 30_000;

export class API {
	// fetch has the shape of window.fetch. base is the path of the connections.
	constructor(fetch, base) {
		this.fetch = fetch;
		this.base = base.endsWith("/") ? base : base + "/";
	}

	async send(method, path, body) {
		const init = { method, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(timeout) };
		if (body !== undefined) {
			init.headers["Content-Type"] = "application/json";
			init.body = JSON.stringify(body);
		}
		let response, text;
		try {
			response = await this.fetch(this.base + path, init);
			text = response.status === 204 ? "null" : await response.text();
		} catch {
			throw new Problem("offline");
		}
		let parsed;
		try {
			parsed = JSON.parse(text);
		} catch {
			// A proxy's page. A login page arrives with status 200.
		}
		if (response.ok && parsed !== undefined) return parsed;
		throw new Problem(response.ok ? "unauthenticated" : (kinds[response.status] ?? "server"), {
			status: response.status,
			body: parsed ?? null,
			retryAfter: Number.parseInt(response.headers.get("Retry-After"), 10) || 5,
		});
	}

	async load() {
		const [types, connections] = await Promise.all([this.send("GET", "types/"), this.send("GET", "")]);
		return { types, connection: connections.length ? await this.read(connections[0].id) : null };
	}

	read(id) {
		return this.send("GET", `${id}/?include=diagnosis`);
	}
}
