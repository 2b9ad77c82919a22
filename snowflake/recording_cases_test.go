package snowflake_test

import (
	"fmt"
	"strings"
)

type recorded struct {
	recording recording
	want      outcome
}

// recordings returns one recording of each kind, with the expected outcome.
func recordings() map[string]recorded {
	all := make(map[string]recorded)
	add := func(name string, want outcome, exchanges ...exchange) {
		all[name] = recorded{exchanges, want}
	}
	unlike := func(step, sent, problem string) outcome {
		return outcome{step, "unexpected_response", "", "127.0.0.1 did not answer " + sent + " like Snowflake: " + problem + "."}
	}
	passed := outcome{}

	add("pass", passed, opened, selected, listed, ended)
	add("pass, with files", passed, opened, selected,
		answer(queryPath, result(listTypes, listID, inJSON, `"rowset":[["stage/a.csv.gz","112","0123456789abcdef","Sat, 2 May 2026 10:00:00 GMT"]]`)), ended)
	add("pass, with few members", passed, answer(loginPath, success(`{"token":"t","masterToken":"m"}`)),
		answer(queryPath, result(selectTypes, selectRows)), listed, ended)
	add("pass, in progress", passed, opened, answer(queryPath, inProgress("333333", pollPath)), polled(selectResult), listed, ended)
	add("pass, asynchronous", passed, opened,
		answer(queryPath, inProgress("333334", pollPath)), polled(inProgress("333334", pollPath)), polled(inProgress("333333", pollPath)), polled(selectResult),
		answer(queryPath, inProgress("333334", pollPath)), polled(listResult), ended)
	add("pass, in Arrow", passed, opened,
		answer(queryPath, result(selectTypes, `"rowsetBase64":"/////7gBAAAQAAAAAAAKAA4ABgANAAgACgAAAAAABAAQ"`, selectID, inArrow, sessionData)), listed, ended)
	add("pass, keep alive", passed,
		answer(loginPath, success(`{"token":"t","parameters":[{"name":"CLIENT_SESSION_KEEP_ALIVE","value":true},{"name":"QUERY_CONTEXT_CACHE_SIZE","value":-1}]}`)),
		selected, listed, ended)
	add("in progress, then an error", outcome{"query", "unknown", "000604", "SQL execution canceled"},
		opened, answer(queryPath, inProgress("333334", pollPath)), polled(refused("000604", "SQL execution canceled")), ended)
	add("in progress elsewhere", unlike("query", "SELECT 1", "its JSON has an unexpected form"),
		opened, answer(queryPath, inProgress("333334", "https://elsewhere.test/result")), ended)
	add("in Arrow, with another role", outcome{"query", "role_not_granted", "", "Snowflake opened the session with the role PUBLIC instead of FLAGSMITH_LOADER."},
		opened, answer(queryPath, result(selectTypes, selectID, inArrow, strings.ReplaceAll(sessionData, "FLAGSMITH_LOADER", "PUBLIC"))), ended)

	addRedirects(add, unlike)
	addLogins(add, unlike)
	addResults(add, unlike)
	return all
}

type adder = func(name string, want outcome, exchanges ...exchange)

func addRedirects(add adder, unlike func(step, sent, problem string) outcome) {
	passed := outcome{}
	add("redirected login, 307", passed, redirect(loginPath, "/other", 307), answer("/other", loginResult), selected, listed, ended)
	add("redirected login, 308 and absolute", passed, redirect(loginPath, "http://HOST/other", 308), answer("/other", loginResult), selected, listed, ended)
	add("redirected statements", passed, opened, redirect(queryPath, "other", 307), answer("/queries/v1/other", selectResult),
		redirect(queryPath, "//HOST/other", 308), answer("/other", listResult), ended)
	pollElsewhere := redirect(pollPath, "/other", 307)
	pollElsewhere.method = "GET"
	other := polled(selectResult)
	other.path = "/other"
	add("redirected poll", passed, opened, answer(queryPath, inProgress("333334", pollPath)), pollElsewhere, other, listed, ended)
	add("redirected close", passed, opened, selected, listed, redirect(closePath, "/other", 307), answer("/other", success("null")))
	five := recording{redirect(loginPath, "/1", 307)}
	for i := range 4 {
		five = append(five, redirect(fmt.Sprintf("/%d", i+1), fmt.Sprintf("/%d", i+2), 307+i%2))
	}
	add("redirected five times", passed, append(five[:5:5], answer("/5", loginResult), selected, listed, ended)...)
	add("redirected six times", unlike("authenticate", "the login", "it redirected more than 5 times"), append(five[:5:5], redirect("/5", "/6", 307))...)

	const elsewhere = "it redirected to another host, port or protocol"
	for _, to := range []string{"http://elsewhere.test/", "http://127.0.0.1:1/", "https://HOST/", "//elsewhere.test/", "ftp://HOST/"} {
		add("redirected to "+to, unlike("authenticate", "the login", elsewhere), redirect(loginPath, to, 307))
	}
	add("redirected statement to another host", unlike("query", "SELECT 1", elsewhere), opened, redirect(queryPath, "http://elsewhere.test/", 308), ended)
	add("redirected without a target", unlike("authenticate", "the login", "it sent a redirect without a target"), redirect(loginPath, "", 307))
	add("redirected with another method", unlike("authenticate", "the login", "it sent a redirect, HTTP 302 Found"), redirect(loginPath, "/other", 302))
}

func addLogins(add adder, unlike func(step, sent, problem string) outcome) {
	for _, r := range refusals {
		if r.state == "08004" {
			add("login refused with "+r.number+" "+clip(r.message), outcome{"authenticate", string(r.code), r.number, r.message},
				answer(loginPath, refused(r.number, r.message)))
		}
	}
	const token, address = "JWT token is invalid. [0f0b1d4e-8a7c-4a33-9c1e-5d8e6f7a8b9c]", "Incoming request with IP/Token 192.0.2.7 is not allowed to access Snowflake."
	add("login refused with 390144", outcome{"authenticate", "authentication_failed", "390144", token}, answer(loginPath, refused("390144", token)))
	add("login refused with status 401", outcome{"authenticate", "authentication_failed", "390144", token}, answer(loginPath, refused("390144", token)).withStatus(401))
	add("login refused with status 403", outcome{"authenticate", "network_blocked", "390422", address}, answer(loginPath, refused("390422", address)).withStatus(403))
	add("statement refused with status 401", outcome{"query", "vendor_unavailable", "390104", "Session token is invalid."},
		opened, answer(queryPath, refused("390104", "Session token is invalid.")).withStatus(401), ended)
	for status, text := range map[int]string{401: "401 Unauthorized", 403: "403 Forbidden", 404: "404 Not Found"} {
		want := outcome{"authenticate", "account_not_found", "", "127.0.0.1 answered the login with HTTP " + text + ". Snowflake does this if the account does not exist."}
		add("login with status "+text+" and a page", want, answer(loginPath, "<html></html>").withStatus(status))
		add("login with status "+text+" and another code", want, answer(loginPath, fmt.Sprintf(`{"success":false,"code":"%d","message":"no"}`, status)).withStatus(status))
	}
	add("login with status 503 and a code", outcome{"authenticate", "vendor_unavailable", "", "127.0.0.1 answered the login with HTTP 503 Service Unavailable."},
		answer(loginPath, refused("390144", token)).withStatus(503))
	add("login with a page", unlike("authenticate", "the login", "it sent a web page"), answer(loginPath, "<html>Sign in</html>"))
	add("login with an unusual token", unlike("authenticate", "the login", "its JSON has an unexpected form"), answer(loginPath, success(`{"token":"a\r\nX-Evil: 1"}`)))
	add("login far too long", unlike("authenticate", "the login", "its answer is far too long"), answer(loginPath, success(`"`+strings.Repeat("x", 256<<10)+`"`)))
}

func addResults(add adder, unlike func(step, sent, problem string) outcome) {
	for _, r := range refusals {
		if r.state != "08004" && r.number != "604" {
			want := outcome{"list_stage", string(r.code), r.number, r.message}
			add("LIST refused with "+r.number+" "+clip(r.message), want, opened, selected, answer(queryPath, refused(r.number, r.message)), ended)
		}
	}
	const problem = "its result has an unexpected form"
	emptyRowType := result(`"rowtype":[]`, selectID) // the driver panics on it
	for name, body := range map[string]string{
		"chunks":             result(selectTypes, `"rowset":[]`, selectID, inJSON, oneChunk), // the driver can hang
		"chunks in Arrow":    result(selectTypes, `"rowsetBase64":""`, selectID, inArrow, oneChunk),
		"no columns":         emptyRowType,
		"no data":            success("null"),
		"no rows":            result(selectTypes, `"rowset":[]`, selectID, inJSON),
		"two rows":           result(selectTypes, `"rowset":[["1",null,null,null,null],["1",null,null,null,null]]`, selectID, inJSON),
		"a short row":        result(selectTypes, `"rowset":[["1"]]`, selectID, inJSON),
		"a null row":         result(selectTypes, `"rowset":[null]`, selectID, inJSON),
		"a long row":         result(selectTypes, `"rowset":[["1","2","3","4","5","6"]]`, selectID, inJSON),
		"other types":        result(strings.Replace(selectTypes, "fixed", "timestamp_ltz", 1), selectRows, selectID, inJSON),
		"an INSERT":          result(selectTypes, selectRows, insertID, inJSON),
		"several statements": result(selectTypes, selectRows, `"statementTypeId":40960,"resultIds":"a,b","resultTypes":"4096,4096"`, inJSON),
		"another format":     result(selectTypes, selectRows, selectID, `"queryResultFormat":"parquet"`),
	} {
		add("SELECT with "+name, unlike("query", "SELECT 1", problem), opened, answer(queryPath, body), ended)
	}
	for name, body := range map[string]string{
		"chunks":      result(listTypes, `"rowset":[]`, listID, inJSON, oneChunk),
		"no columns":  emptyRowType,
		"no data":     success("null"),
		"a short row": result(listTypes, `"rowset":[["a"]]`, listID, inJSON),
		"an INSERT":   result(listTypes, `"rowset":[]`, insertID, inJSON),
		"a SELECT":    result(listTypes, `"rowset":[]`, selectID, inJSON),
	} {
		add("LIST with "+name, unlike("list_stage", "LIST", problem), opened, selected, answer(queryPath, body), ended)
	}
	add("SELECT with an odd statement type", unlike("query", "SELECT 1", "its JSON has an unexpected form"),
		opened, answer(queryPath, result(selectTypes, selectRows, `"statementTypeId":4096.5`)), ended)
	add("session expired", outcome{"query", "vendor_unavailable", "390112", "Your session has expired. Please login again."},
		opened, answer(queryPath, refused("390112", "Your session has expired. Please login again.")), ended)
}
