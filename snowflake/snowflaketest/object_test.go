package snowflaketest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func TestDropTakesContentsAndGrantsWithIt(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	if err := srv.PutFile("SHOP.EVENTS.FILES", "a.csv", 1); err != nil {
		t.Fatal(err)
	}
	mustRun(t, srv, "USE ROLE SYSADMIN; DROP DATABASE SHOP; CREATE DATABASE SHOP; CREATE SCHEMA SHOP.EVENTS")
	_, err := srv.Run("LIST @SHOP.EVENTS.FILES")
	wantError(t, err, "002003", "02000", "Stage 'SHOP.EVENTS.FILES' does not exist")

	if rows := mustRun(t, srv, "CREATE STAGE SHOP.EVENTS.FILES; LIST @SHOP.EVENTS.FILES")[1].Rows; len(rows) != 0 {
		t.Errorf("files outlived their database: %v", rows)
	}
	for _, row := range mustRun(t, srv, "SHOW GRANTS TO ROLE LOADER")[0].Rows {
		if row[2] == "STAGE" || row[2] == "SCHEMA" {
			t.Errorf("a grant outlived its object: %v", row)
		}
	}

	mustRun(t, srv, `GRANT USAGE ON DATABASE SHOP TO ROLE LOADER;
		GRANT USAGE, CREATE TABLE ON SCHEMA SHOP.EVENTS TO ROLE LOADER;
		GRANT ROLE LOADER TO USER ADMIN;
		USE ROLE LOADER; CREATE TABLE SHOP.EVENTS.OWN (A INT)`)
	mustRun(t, srv, "USE ROLE USERADMIN; DROP ROLE LOADER; CREATE ROLE LOADER")
	if rows := mustRun(t, srv, "SHOW GRANTS TO ROLE LOADER")[0].Rows; len(rows) != 0 {
		t.Errorf("a new role of an old name has grants: %v", rows)
	}
	if rows := mustRun(t, srv, "SHOW GRANTS OF ROLE LOADER")[0].Rows; len(rows) != 0 {
		t.Errorf("a new role of an old name is held by %v", rows)
	}
	owner := mustRun(t, srv, "SHOW TABLES IN ACCOUNT")[0].Rows[0][4]
	if owner != "USERADMIN" {
		t.Errorf("what a dropped role owned went to %s, want the role that dropped it", owner)
	}
}

func TestStatusMessages(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, test := range [][2]string{
		{"CREATE DATABASE D", "Database D successfully created."},
		{"CREATE STAGE D.PUBLIC.F", "Stage area F successfully created."},
		{"CREATE DATABASE IF NOT EXISTS d", "D already exists, statement succeeded."},
		{`CREATE ROLE "r"`, `Role "r" successfully created.`},
		{"USE ROLE SYSADMIN", "Statement executed successfully."},
		{"DROP STAGE D.PUBLIC.F", "F successfully dropped."},
		{"DROP STAGE IF EXISTS D.PUBLIC.F", "Drop statement executed successfully (F already dropped)."},
	} {
		if got := mustRun(t, srv, test[0])[0].Status(); got != test[1] {
			t.Errorf("%s answers %q, want %q", test[0], got, test[1])
		}
	}
}

func TestUserKeys(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	one, two := publicText(firstKey()), publicText(secondKey())
	mustRun(t, srv, "CREATE USER U TYPE = SERVICE RSA_PUBLIC_KEY = '"+one+"'")
	mustRun(t, srv, "ALTER USER U SET RSA_PUBLIC_KEY_2 = '"+two+"'")
	user := mustRun(t, srv, "DESC USER U")[0]
	for property, want := range map[string]string{
		"NAME": "U", "TYPE": "SERVICE", "LOGIN_NAME": "U", "RSA_PUBLIC_KEY": one, "RSA_PUBLIC_KEY_FP": fingerprint(one),
		"RSA_PUBLIC_KEY_2_FP": fingerprint(two), "DEFAULT_SECONDARY_ROLES": `["ALL"]`, "PASSWORD": "null",
	} {
		if got := user.Property(property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	mustRun(t, srv, "ALTER USER U UNSET RSA_PUBLIC_KEY")
	user = mustRun(t, srv, "DESC USER U")[0]
	if user.Property("RSA_PUBLIC_KEY_FP") != "null" || user.Property("RSA_PUBLIC_KEY_2_FP") != fingerprint(two) {
		t.Error("UNSET of the first slot left it, or took the second")
	}

	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(curve.Public())
	if err != nil {
		t.Fatal(err)
	}
	for text, reason := range map[string]string{
		"ssh-rsa AAAAB3": "'Invalid Public key'",
		one[1:]:          "'Invalid Public key'",
		// A small key in an SPKI, made by hand since crypto/rsa makes none.
		smallKey:                               "'Key length 1024 is smaller than minimal requirement of 2048.'",
		base64.StdEncoding.EncodeToString(der): "'Invalid Public key'",
	} {
		_, err := srv.Run("ALTER USER U SET COMMENT = 'changed' RSA_PUBLIC_KEY = '" + text + "'")
		wantError(t, err, "003554", "22023", reason)
	}
	if got := mustRun(t, srv, "DESC USER U")[0].Property("COMMENT"); got != "null" {
		t.Errorf("a refused ALTER changed COMMENT to %q", got)
	}
}

// smallKey is the public half of a 1024-bit RSA key.
var smallKey = func() string {
	modulus := append([]byte{0x00}, []byte(strings.Repeat("\xc5", 128))...)
	integer := append([]byte{0x02, 0x81, byte(len(modulus))}, modulus...)
	exponent := []byte{0x02, 0x03, 0x01, 0x00, 0x01}
	key := append(integer, exponent...)
	sequence := append([]byte{0x30, 0x81, byte(len(key))}, key...)
	bits := append([]byte{0x03, 0x81, byte(len(sequence) + 1), 0x00}, sequence...)
	algorithm := []byte{0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00}
	body := append(algorithm, bits...)
	return base64.StdEncoding.EncodeToString(append([]byte{0x30, 0x81, byte(len(body))}, body...))
}()

func fingerprint(publicText string) string {
	der, err := base64.StdEncoding.DecodeString(publicText)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])
}

func TestRunAsKnowsOnlyItsRoles(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	if _, err := srv.RunAs([]string{"sysadmin", "SECURITYADMIN"}, "CREATE DATABASE D; USE ROLE USERADMIN; CREATE ROLE R; USE ROLE SECURITYADMIN"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		roles []string
		role  string
	}{{[]string{"SYSADMIN"}, "SECURITYADMIN"}, {[]string{"USERADMIN"}, "SECURITYADMIN"}, {[]string{"SYSADMIN", "SECURITYADMIN"}, "ACCOUNTADMIN"}, {nil, "SYSADMIN"}} {
		_, err := srv.RunAs(test.roles, "USE ROLE PUBLIC; USE ROLE "+test.role)
		wantError(t, err, "003013", "42501", fmt.Sprintf("Requested role '%s' is not assigned", test.role))
	}
}

func TestPutFileWantsAStage(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	for _, stage := range []string{"SHOP.EVENTS.NO", "NO.S.F", "@SHOP.EVENTS.FILES", "SHOP.EVENTS.FILES/x", ""} {
		if err := srv.PutFile(stage, "a", 1); err == nil {
			t.Errorf("a file was put into %q", stage)
		}
	}
	for _, name := range []string{"a/1", "a/2", "b/1"} {
		if err := srv.PutFile("SHOP.EVENTS.FILES", name, 1); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string]int{"": 3, "/a": 2, "/a/": 2, "/b/1": 1, "/c": 0} {
		if rows := mustRun(t, srv, "LIST @SHOP.EVENTS.FILES"+prefix)[0].Rows; len(rows) != want {
			t.Errorf("LIST under %q shows %d files, want %d", prefix, len(rows), want)
		}
	}
}
