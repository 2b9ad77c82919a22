package warehousetest

import (
	"bytes"
	"sync"
)

// A Log is the output of a logger that a test reads, for example to check that it holds no secret. Its
// zero value is an empty log. It may be written and read by any number of goroutines at once.
//
//	var log warehousetest.Log
//	logger := slog.New(slog.NewTextHandler(&log, nil))
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements [io.Writer].
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
