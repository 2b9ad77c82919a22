package warehouse

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"
)

// A Status is the state of a connection.
type Status string

// A connection is pending until its first test, and again after each change of its config.
const (
	StatusPending   Status = "pending_customer_setup"
	StatusConnected Status = "connected"
	StatusError     Status = "error"
)

// A Connection is one organisation's configured warehouse. It holds no secrets.
type Connection struct {
	ID           string // "wc_" and 26 lower-case letters and digits, not guessable
	Organisation string // 1 to 255 bytes of UTF-8
	Type         string // the connector's type name

	// Config is a JSON object of the fields that the customer sets and sees, in the order of the
	// connector's struct. Preset is one of the fields that a [PresetConnector] determines.
	Config json.RawMessage
	Preset json.RawMessage

	PublicKey   string // empty for a type without a key pair
	SetupScript string

	Revision  int64 // 1 on create; counts changes of the config, and only those
	CreatedAt time.Time
	LastTest  *TestResult // the newest result for this revision; nil until there is one
}

// Status returns the status, which follows from the last test.
func (c Connection) Status() Status {
	switch {
	case c.LastTest == nil:
		return StatusPending
	case c.LastTest.Success:
		return StatusConnected
	}
	return StatusError
}

// newID returns an identifier with 128 bits of randomness.
func newID() string { return "wc_" + strings.ToLower(rand.Text()) }
