package postgresconnector

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5/pgproto3"
)

// maxIterations limits the SCRAM iterations that a server may request. The driver allows 10,000,000, which take
// seconds and do not stop with the context. PostgreSQL uses 4096 by default.
const maxIterations = 100_000

// maxLoginMessage is the largest message in bytes that a server may send before the login is complete.
const maxLoginMessage = 64 << 10

var (
	errIterations   = errors.New("postgresconnector: the server requests too many SCRAM iterations")
	errLoginMessage = errors.New("postgresconnector: the server sent a message of an invalid size")
)

func newFrontend(r io.Reader, w io.Writer) *pgproto3.Frontend {
	return pgproto3.NewFrontend(&loginReader{r: r}, w)
}

// A loginReader passes on one message at a time until the login is complete, and checks each before the driver
// sees it.
type loginReader struct {
	r       io.Reader
	message []byte // not yet read by the driver
	done    bool
}

func (l *loginReader) Read(p []byte) (int, error) {
	if len(l.message) == 0 && l.done {
		return l.r.Read(p)
	}
	if len(l.message) == 0 {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.message)
	l.message = l.message[n:]
	return n, nil
}

// next reads and checks a message: a byte for the type, four for the size without that byte, and the body.
func (l *loginReader) next() error {
	var head [5]byte
	if _, err := io.ReadFull(l.r, head[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size < 4 || size > maxLoginMessage {
		return errLoginMessage
	}
	message := make([]byte, 1+size)
	copy(message, head[:])
	if _, err := io.ReadFull(l.r, message[len(head):]); err != nil {
		return err
	}
	switch head[0] {
	case 'R': // a message of the authentication
		// Of these messages, only SCRAM's challenge "r=NONCE,s=SALT,i=ITERATIONS" contains ",i=".
		_, iterations, _ := bytes.Cut(message, []byte(",i="))
		if n, err := strconv.Atoi(string(iterations)); err == nil && n > maxIterations {
			return errIterations
		}
	case 'Z': // ready for queries
		l.done = true
	}
	l.message = message
	return nil
}
