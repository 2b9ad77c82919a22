package snowflake

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
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
// then has no goroutine. It generates one key at a time, however many callers wait.
//
// Its methods may be called from several goroutines at once.
type keyPool struct {
	generate func() (*rsa.PrivateKey, error)
	size     int
	done     chan struct{}  // closed by Close
	filler   sync.WaitGroup // the one goroutine that generates keys

	mu      sync.Mutex
	ready   []*rsa.PrivateKey
	waiting []chan keyResult // in order of arrival; buffered
	filling bool
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
	return newKeyPoolOf(size, func() (*rsa.PrivateKey, error) {
		return rsa.GenerateKey(rand.Reader, bits)
	})
}

// newKeyPoolOf is newKeyPool with another source of keys. Calls of generate do not
// overlap.
func newKeyPoolOf(size int, generate func() (*rsa.PrivateKey, error)) (*keyPool, error) {
	if size < 0 {
		return nil, fmt.Errorf("snowflake: the size of a key pool is %d, want 0 or more", size)
	}
	p := &keyPool{generate: generate, size: size, done: make(chan struct{})}
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

// Close drops the keys that are ready, and waiting callers get errKeyPoolClosed.
// Generating a key cannot be interrupted, so Close waits for it, about a second. It
// may be called more than once.
func (p *keyPool) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.done)
		p.ready, p.waiting = nil, nil
	}
	p.mu.Unlock()
	p.filler.Wait()
}

// fillLocked starts the filler if the pool needs keys.
func (p *keyPool) fillLocked() {
	if !p.filling && p.needsLocked() {
		p.filling = true
		p.filler.Go(p.fill)
	}
}

func (p *keyPool) needsLocked() bool {
	return !p.closed && (len(p.waiting) > 0 || len(p.ready) < p.size)
}

// fill generates keys until the pool needs none.
func (p *keyPool) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.needsLocked() {
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
	p.filling = false
}

func notReadyError(err error) error {
	return fmt.Errorf("snowflake: no key pair was ready in time: %w", err)
}
