package snowflake

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Responses can name other hosts without a redirect: large results are on other hosts.
func TestTransportRefusesOtherHosts(t *testing.T) {
	t.Parallel()
	dials := 0
	conns := newConnections("", func(context.Context, *net.Dialer, string, string) (net.Conn, error) {
		dials++
		return nil, errors.New("dialed")
	})
	defer conns.close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tr := &transport{
		base:  newHTTPTransport(http.ProxyFromEnvironment, conns, nil),
		conns: conns, host: "xy12345.snowflakecomputing.com:443", hostname: "xy12345.snowflakecomputing.com",
		stepsCtx: ctx, closeCtx: ctx, current: "SELECT 1",
	}
	for _, url := range []string{
		"https://xy12345.snowflakecomputing.com:8443/", "https://xy12345.snowflakecomputing.com/", "https://other.snowflakecomputing.com:443/",
		"https://bucket.s3.amazonaws.com/chunk", "http://169.254.169.254/", "https://xy12345.snowflakecomputing.com.evil.test:443/",
	} {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := tr.RoundTrip(req)
		var f *transportError
		if !errors.As(err, &f) || f.message != "xy12345.snowflakecomputing.com did not answer SELECT 1 like Snowflake: it pointed to another host." {
			t.Errorf("%s: %v, %v", url, res, err)
		}
	}
	if dials > 0 {
		t.Errorf("there were %d dials", dials)
	}
}

func TestParseResponse(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"success":true}`:                  "",
		` {"success":true,"code":null} `:    "",
		`{"success":true,"code":"000604"}`:  "",
		`{"success":false,"code":"390144"}`: "",
		`{"success":false}`:                 "its JSON has an unexpected form",
		`{"success":false,"code":""}`:       "its JSON has an unexpected form",
		`{"success":false,"code":"E12"}`:    "its JSON has an unexpected form",
		`{"success":true,"code":"E12"}`:     "its JSON has an unexpected form",
		`{"success":false,"code":390144}`:   "its JSON has an unexpected form",
		`{"success":"yes"}`:                 "its JSON has an unexpected form",
		`[]`:                                "its answer is not JSON",
		`null`:                              "its answer is not JSON",
		``:                                  "its answer is not JSON",
		`{"success":true} {}`:               "its answer is not JSON",
		strings.Repeat(`{"a":`, 20_000):     "its answer is not JSON",
		`  <!DOCTYPE html>`:                 "it sent a web page",
	} {
		if _, got := parseResponse([]byte(body), ""); got != want {
			t.Errorf("%.40q: %q, want %q", body, got, want)
		}
	}
}
