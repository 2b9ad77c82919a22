package snowflake

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Created with the commands on Snowflake's page about key-pair authentication:
//
//	openssl genrsa 2048 | openssl rsa -pubout -outform DER | openssl dgst -sha256 -binary | openssl enc -base64
const (
	opensslPublicKey   = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuAa7EdzHLeTlkesH4uuvcyR3MNdGvhFb3k7iRNLwLt/83b58ROF8PyASCsgRwzT6QwMuOL62AHEuCx+RYWP5YUE19pe9YabCZPuF5KPJTEt2Q7539pNV+bOFmk+NtmkuR2J2mPxAAYNZUac24dT0Za5xzqC0xeo5A+y5SEDUaZHTooEs6SPGQNnLsDpsXbuECG1gmQL9mx8DrCT2ZYcjB7VVTO0pjwxF2wlVrPeNt4bdqLank5s7JZ8LBHoAjgrm8Ax6lXAllCeHwaBxqmXFuaQWLULOoN/kAY3quOq3FcYw5/48zuI4vewMXs6X5FCm1MoM+f9hy+RrreCAeHy5AQIDAQAB"
	opensslFingerprint = "SHA256:27dPlvNGnzm3mXDn8/cORPP6kN6aubW4VSefYX+yxg8="
)

func TestFingerprint(t *testing.T) {
	t.Parallel()
	got, err := fingerprint(opensslPublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(opensslFingerprint, got); diff != "" {
		t.Errorf("fingerprint (-want +got):\n%s", diff)
	}
}

func TestEncodePublicKey(t *testing.T) {
	t.Parallel()
	der, err := base64.StdEncoding.DecodeString(opensslPublicKey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	got, err := encodePublicKey(key.(*rsa.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(opensslPublicKey, got); diff != "" {
		t.Errorf("public key (-want +got):\n%s", diff)
	}
}

func TestEncodePrivateKey(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := encodePrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	if !key.Equal(again) {
		t.Error("another key came back")
	}
}

func TestFingerprintErrors(t *testing.T) {
	t.Parallel()
	const (
		base = "snowflake: a public key is not in base64"
		form = "snowflake: a public key is not in the form SubjectPublicKeyInfo"
	)
	for name, tt := range map[string]struct{ in, want string }{
		"nothing":     {"", form},
		"not base64":  {"not base64", base},
		"PEM":         {"-----BEGIN PUBLIC KEY-----", base},
		"other bytes": {"AAAA", form},
		"a cut key":   {opensslPublicKey[:len(opensslPublicKey)-8], form},
		"two keys":    {opensslPublicKey + opensslPublicKey, form},
		"two lines":   {opensslPublicKey[:64] + "\n" + opensslPublicKey[64:], base},
		"a last line": {opensslPublicKey + "\r\n", base},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fingerprint(tt.in)
			if err == nil {
				t.Fatalf("its fingerprint is %s", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
