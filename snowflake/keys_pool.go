package snowflake

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// errKeyPoolClosed is returned by take after Close.
var errKeyPoolClosed = errors.New("snowflake: the connector is closed")

// A keyPool generates RSA keys ahead of need. A key of 4096 bits takes half a second of
// CPU time, sometimes more than one. Without a pool, requests would be slow and a burst
// of them would occupy all CPUs of the host.
//
// The pool starts to fill at once and stops when it is full. Until a key is taken, it
// then has no goroutine. It fills by one key at a time. While several callers wait, it
// generates keys for them on several cores.
//
// Its methods may be called from several goroutines at once.
type keyPool struct {
	generate  func() (*rsa.PrivateKey, error)
	size      int
	maxMakers int
	done      chan struct{} // closed by Close

	mu      sync.Mutex
	ready   []*rsa.PrivateKey
	waiting []chan keyResult // in order of arrival; buffered
	makers  int              // goroutines that generate keys
	closed  bool
}

type keyResult struct {
	key *rsa.PrivateKey
	err error
}

// newKeyPool returns a pool that keeps size keys ready, and starts to fill it. If size
// is zero, keys are generated on demand. The caller must close the pool.
func newKeyPool(bits, size int) (*keyPool, error) {
	switch bits {
	case 2048, 3072, 4096:
	default:
		// Snowflake rejects keys below 2048 bits. Above 4096, generating one takes
		// many seconds.
		return nil, fmt.Errorf("snowflake: Options.KeyBits must be 2048, 3072 or 4096, not %d", bits)
	}
	return newKeyPoolOf(size, keyMakers(runtime.GOMAXPROCS(0)), func() (*rsa.PrivateKey, error) {
		return rsa.GenerateKey(rand.Reader, bits)
	})
}

// keyMakers returns how many of the cores generate keys while callers wait: half of
// them, but two if there are two.
func keyMakers(cores int) int { return min(cores, max(2, cores/2)) }

// newKeyPoolOf is newKeyPool with another source of keys. Up to maxMakers calls of
// generate run at once.
func newKeyPoolOf(size, maxMakers int, generate func() (*rsa.PrivateKey, error)) (*keyPool, error) {
	if size < 0 {
		return nil, fmt.Errorf("snowflake: the size of a key pool is %d, want 0 or more", size)
	}
	p := &keyPool{generate: generate, size: size, maxMakers: maxMakers, done: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fillLocked()
	return p, nil
}

// take returns a key that no other caller gets. If none is ready, it waits for one;
// callers are served in order. It returns errKeyPoolClosed after Close, or an error
// that wraps ctx.Err() or the error of generating a key.
func (p *keyPool) take(ctx context.Context) (*rsa.PrivateKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, notReadyError(err)
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errKeyPoolClosed
	}
	if len(p.ready) > 0 {
		key := p.ready[0]
		p.ready = slices.Delete(p.ready, 0, 1) // also clears it in the array
		p.fillLocked()
		p.mu.Unlock()
		return key, nil
	}
	result := make(chan keyResult, 1)
	p.waiting = append(p.waiting, result)
	p.fillLocked()
	p.mu.Unlock()

	select {
	case r := <-result:
		return r.key, r.err
	case <-p.done:
		return nil, errKeyPoolClosed
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, result); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		return nil, notReadyError(ctx.Err())
	}
	if p.closed {
		return nil, errKeyPoolClosed
	}
	r := <-result // it was sent as ctx ended
	return r.key, r.err
}

// Close drops the keys that are ready, and waiting callers get errKeyPoolClosed. A key
// that is being generated cannot be interrupted: it is dropped, and its goroutine ends,
// about a second after Close. Close may be called more than once.
func (p *keyPool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		close(p.done)
		p.ready, p.waiting = nil, nil
	}
}

// fillLocked starts the goroutines that the pool needs.
func (p *keyPool) fillLocked() {
	for p.needsLocked(p.makers) {
		p.makers++
		go p.fill()
	}
}

// needsLocked reports whether the pool needs another goroutine if it has makers.
func (p *keyPool) needsLocked(makers int) bool {
	return !p.closed && (makers < min(p.maxMakers, len(p.waiting)) || makers == 0 && len(p.ready) < p.size)
}

// fill generates keys until its goroutine is not needed.
func (p *keyPool) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.makers-- }()
	for p.needsLocked(p.makers - 1) {
		p.mu.Unlock()
		key, err := p.generate()
		p.mu.Lock()
		if err != nil {
			// Retrying at once would spin. Fail all waiting callers; the next take
			// tries again.
			for _, waiter := range p.waiting {
				waiter <- keyResult{err: fmt.Errorf("snowflake: generating a key pair: %w", err)}
			}
			p.waiting = nil
			break
		}
		switch {
		case p.closed:
		case len(p.waiting) > 0:
			p.waiting[0] <- keyResult{key: key}
			p.waiting = slices.Delete(p.waiting, 0, 1)
		default:
			p.ready = append(p.ready, key)
		}
	}
}

func notReadyError(err error) error {
	return fmt.Errorf("snowflake: no key pair was ready in time: %w", err)
}
