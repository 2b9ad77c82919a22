// Making RSA keys ahead of need.

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

// errKeyPoolClosed answers every take after Close.
var errKeyPoolClosed = errors.New("snowflake: the connector is closed and makes no more key pairs")

// A keyPool makes RSA keys ahead of need. One of 4096 bits takes half a second of
// a processor, at times more than one, so making it while a request waits would
// be slow, and a burst of requests would occupy every processor of the host.
//
// Filling starts with the pool, so that the first customer after a deployment
// waits no longer than the hundredth, and ends when the pool is full: from then
// on there is no goroutine and no work until a key is taken. A process that never
// creates a connection pays for the keys of one filling and for nothing more.
// However many callers wait, one key is made at a time.
//
// Its methods may be called from several goroutines at once.
type keyPool struct {
	generate func() (*rsa.PrivateKey, error)
	size     int
	done     chan struct{}  // closed by Close
	filler   sync.WaitGroup // the one goroutine that makes keys

	mu      sync.Mutex
	ready   []*rsa.PrivateKey
	waiting []chan madeKey // in the order of their arrival; each holds one
	filling bool
	closed  bool
}

type madeKey struct {
	key *rsa.PrivateKey
	err error
}

// newKeyPool returns a pool of keys of the given bits that keeps size of them
// ready, and starts to fill it. With a size of zero every key is made when it is
// asked for. An error names the option KeyBits, or tells of a negative size.
// The caller closes the pool.
func newKeyPool(bits, size int) (*keyPool, error) {
	switch bits {
	case 2048, 3072, 4096:
	default:
		// Snowflake takes no key under 2048 bits. Above 4096 making one takes
		// many seconds.
		return nil, fmt.Errorf("snowflake: Options.KeyBits must be 2048, 3072 or 4096, not %d", bits)
	}
	return newKeyPoolOf(size, func() (*rsa.PrivateKey, error) {
		return rsa.GenerateKey(rand.Reader, bits)
	})
}

// newKeyPoolOf is newKeyPool with another source of keys. It calls generate from
// one goroutine at a time.
func newKeyPoolOf(size int, generate func() (*rsa.PrivateKey, error)) (*keyPool, error) {
	if size < 0 {
		return nil, fmt.Errorf("snowflake: a pool cannot keep %d key pairs ready", size)
	}
	p := &keyPool{generate: generate, size: size, done: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fillLocked()
	return p, nil
}

// take returns a key that nobody else has or will get, waiting for one to be made
// if none is ready; callers are served in the order in which they came. Its error
// is errKeyPoolClosed once the pool is closed, wraps ctx.Err() if ctx ends first,
// or wraps what making a key failed with.
func (p *keyPool) take(ctx context.Context) (*rsa.PrivateKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, noKeyInTime(err) // rather than spend a key on a caller that has gone
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errKeyPoolClosed
	}
	if len(p.ready) > 0 {
		key := p.ready[0]
		p.ready = slices.Delete(p.ready, 0, 1) // which also forgets it in the array beneath
		p.fillLocked()
		p.mu.Unlock()
		return key, nil
	}
	mine := make(chan madeKey, 1)
	p.waiting = append(p.waiting, mine)
	p.fillLocked()
	p.mu.Unlock()

	select {
	case made := <-mine:
		return made.key, made.err
	case <-p.done:
		return nil, errKeyPoolClosed
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, mine); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		return nil, noKeyInTime(ctx.Err())
	}
	if p.closed {
		return nil, errKeyPoolClosed
	}
	made := <-mine // it came in the same moment
	return made.key, made.err
}

// Close ends the pool: callers that wait get errKeyPoolClosed at once, keys that
// are ready are forgotten. Making a key cannot be interrupted, so Close waits for
// the one being made, a second or so, and leaves no goroutine behind. It may be
// called more than once.
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

// fillLocked starts the filler if there is something to do for it.
func (p *keyPool) fillLocked() {
	if !p.filling && p.needsLocked() {
		p.filling = true
		p.filler.Go(p.fill)
	}
}

func (p *keyPool) needsLocked() bool {
	return !p.closed && (len(p.waiting) > 0 || len(p.ready) < p.size)
}

// fill makes keys until the pool needs none.
func (p *keyPool) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.needsLocked() {
		p.mu.Unlock()
		key, err := p.generate()
		p.mu.Lock()
		if err != nil {
			// Trying again at once would spin. Everyone who waits is told, and
			// the next to ask starts another attempt.
			for _, waiter := range p.waiting {
				waiter <- madeKey{err: fmt.Errorf("snowflake: making a key pair: %w", err)}
			}
			p.waiting = nil
			break
		}
		switch {
		case p.closed:
		case len(p.waiting) > 0:
			p.waiting[0] <- madeKey{key: key}
			p.waiting = slices.Delete(p.waiting, 0, 1)
		default:
			p.ready = append(p.ready, key)
		}
	}
	p.filling = false
}

func noKeyInTime(err error) error {
	return fmt.Errorf("snowflake: no key pair was ready in time: %w", err)
}
