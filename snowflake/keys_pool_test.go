package snowflake

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// makingTime is the time that slowKeys takes for a key, in a synctest bubble.
const makingTime = time.Second

// slowKeys replaces the generation of RSA keys. Its keys are numbered and not valid.
type slowKeys struct {
	made    atomic.Int64
	running atomic.Int64
	most    atomic.Int64 // maximum number at the same time
}

func (s *slowKeys) generate() (*rsa.PrivateKey, error) {
	s.most.Store(max(s.most.Load(), s.running.Add(1)))
	defer s.running.Add(-1)
	time.Sleep(makingTime)
	return &rsa.PrivateKey{D: big.NewInt(s.made.Add(1))}, nil
}

func newTestPool(t *testing.T, size int, generate func() (*rsa.PrivateKey, error)) *keyPool {
	t.Helper()
	pool, err := newKeyPoolOf(size, 1, generate)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

func TestKeyPoolFills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys slowKeys
		pool := newTestPool(t, 3, keys.generate)
		// A full pool has no goroutine, even without Close: the bubble would not end.
		time.Sleep(3 * makingTime)
		synctest.Wait()
		if got := keys.made.Load(); got != 3 {
			t.Errorf("it made %d keys at first, want 3", got)
		}
		time.Sleep(24 * time.Hour)
		if got := keys.made.Load(); got != 3 {
			t.Errorf("left alone for a day it made %d keys, want 3", got)
		}

		start := time.Now()
		if _, err := pool.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("a key that was ready took %v", waited)
		}
		time.Sleep(24 * time.Hour)
		if got := keys.made.Load(); got != 4 {
			t.Errorf("after one was taken it has made %d keys, want 4", got)
		}
	})
}

func TestKeyPoolOfSizeZero(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys slowKeys
		pool := newTestPool(t, 0, keys.generate)
		time.Sleep(time.Hour)
		if got := keys.made.Load(); got != 0 {
			t.Errorf("it made %d keys unasked", got)
		}
		if _, err := pool.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := keys.made.Load(); got != 1 {
			t.Errorf("asked for one key it made %d", got)
		}
	})
}

func TestKeyPoolBurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			keys    slowKeys
			pool    = newTestPool(t, 2, keys.generate)
			callers sync.WaitGroup
			mu      sync.Mutex
			owners  = map[int64]int{}
		)
		for caller := range 64 {
			callers.Go(func() {
				time.Sleep(time.Duration(caller) * time.Millisecond) // to arrive in order
				key, err := pool.take(t.Context())
				if err != nil {
					t.Errorf("caller %d: %v", caller, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				number := key.D.Int64()
				if other, taken := owners[number]; taken {
					t.Errorf("key %d went to callers %d and %d", number, other, caller)
				}
				if int(number) != caller+1 {
					t.Errorf("caller %d got key %d out of order", caller, number)
				}
				owners[number] = caller
			})
		}
		callers.Wait()
		if got := keys.most.Load(); got != 1 {
			t.Errorf("%d keys were made at once", got)
		}
		pool.Close()
		time.Sleep(2 * makingTime)
	})
}

func TestKeyPoolMakers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys slowKeys
		pool, err := newKeyPoolOf(3, 2, keys.generate)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := keys.most.Load(); got != 1 {
			t.Errorf("while nobody waited, %d keys were made at once, want 1", got)
		}
		start := time.Now()
		var callers sync.WaitGroup
		for range 3 + 8 {
			callers.Go(func() {
				if _, err := pool.take(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if got := keys.most.Load(); got != 2 {
			t.Errorf("while callers waited, %d keys were made at once, want 2", got)
		}
		if took := time.Since(start); took != 4*makingTime {
			t.Errorf("8 keys took %v, want %v", took, 4*makingTime)
		}
		time.Sleep(time.Hour)
		if got := keys.made.Load(); got != 3+8+3 {
			t.Errorf("it made %d keys, want %d", got, 3+8+3)
		}
	})
}

func TestKeyMakers(t *testing.T) {
	t.Parallel()
	for cores, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 2, 8: 4, 64: 32} {
		if got := keyMakers(cores); got != want {
			t.Errorf("on %d cores there are %d makers, want %d", cores, got, want)
		}
	}
}

func TestKeyPoolContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys slowKeys
		pool := newTestPool(t, 1, keys.generate)
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), makingTime/2)
				defer cancel()
				start := time.Now()
				_, err := pool.take(ctx)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the context's error", err)
				} else if got, want := err.Error(), "snowflake: no key pair was ready in time: context deadline exceeded"; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if waited := time.Since(start); waited != makingTime/2 {
					t.Errorf("it waited %v", waited)
				}
			})
		}
		callers.Wait()
		time.Sleep(time.Hour)
		if got := keys.made.Load(); got != 1 {
			t.Errorf("for callers that gave up it made %d keys, want the 1 of its size", got)
		}
	})
}

func TestKeyPoolLosesNoKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			keys   slowKeys
			handed int
			pool   = newTestPool(t, 0, keys.generate)
		)
		for range 200 {
			ctx, cancel := context.WithTimeout(t.Context(), makingTime)
			_, err := pool.take(ctx)
			if err == nil {
				handed++
			} else if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
		}
		time.Sleep(2 * makingTime)
		synctest.Wait() // for the pool to keep its last key
		if got, want := handed+len(pool.ready), int(keys.made.Load()); got != want {
			t.Errorf("of %d keys %d were handed out or kept", want, got)
		}
	})
}

// The test replaces the filler, so the caller's context ends before it is served.
func TestKeyPoolServesAsContextEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		serve func(*keyPool, chan keyResult)
		want  error
	}{
		"a key":    {func(_ *keyPool, caller chan keyResult) { caller <- keyResult{key: new(rsa.PrivateKey)} }, nil},
		"an end":   {func(p *keyPool, _ chan keyResult) { p.closed = true; close(p.done) }, errKeyPoolClosed},
		"an error": {func(_ *keyPool, caller chan keyResult) { caller <- keyResult{err: io.ErrNoProgress} }, io.ErrNoProgress},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			making := make(chan struct{})
			pool := newTestPool(t, 0, func() (*rsa.PrivateKey, error) {
				<-making
				return new(rsa.PrivateKey), nil
			})
			ctx, cancel := context.WithCancel(t.Context())
			var caller sync.WaitGroup
			caller.Go(func() {
				key, err := pool.take(ctx)
				if !errors.Is(err, tt.want) || (key == nil) != (err != nil) {
					t.Errorf("got %v and %v, want the error %v", key != nil, err, tt.want)
				}
			})
			waits := func() bool {
				pool.mu.Lock()
				defer pool.mu.Unlock()
				return len(pool.waiting) == 1
			}
			for !waits() {
				runtime.Gosched()
			}
			pool.mu.Lock()
			cancel()
			time.Sleep(5 * time.Millisecond) // for the caller to see that; if it has not, nothing differs
			mine := pool.waiting[0]
			pool.waiting = nil
			tt.serve(pool, mine)
			pool.mu.Unlock()
			caller.Wait()
			close(making)
		})
	}
}

func TestKeyPoolCanceledCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys slowKeys
		pool := newTestPool(t, 1, keys.generate)
		time.Sleep(time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := pool.take(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
		time.Sleep(time.Hour)
		if got := keys.made.Load(); got != 1 {
			t.Errorf("it made %d keys, want 1", got)
		}
	})
}

func TestKeyPoolClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys slowKeys
		pool := newTestPool(t, 2, keys.generate)
		var callers sync.WaitGroup
		start := time.Now()
		for range 10 {
			callers.Go(func() {
				if _, err := pool.take(t.Context()); !errors.Is(err, errKeyPoolClosed) {
					t.Errorf("a waiting caller got %v", err)
				}
				if waited := time.Since(start); waited != makingTime/4 {
					t.Errorf("it waited %v", waited)
				}
			})
		}
		time.Sleep(makingTime / 4)
		for range 2 { // several at once, and again later, are fine
			callers.Go(func() {
				pool.Close()
				if waited := time.Since(start); waited != makingTime/4 {
					t.Errorf("Close waited until %v for a key", waited)
				}
			})
		}
		callers.Wait()
		pool.Close()

		closed := time.Now()
		if _, err := pool.take(t.Context()); !errors.Is(err, errKeyPoolClosed) {
			t.Errorf("after Close, take = %v", err)
		}
		time.Sleep(time.Hour)
		if keys.made.Load() != 1 || keys.running.Load() != 0 || time.Since(closed) != time.Hour {
			t.Errorf("it went on to make %d keys", keys.made.Load())
		}
	})
}

func TestKeyPoolCloseDropsKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys slowKeys
		pool := newTestPool(t, 2, keys.generate)
		time.Sleep(time.Hour)
		pool.Close()
		if _, err := pool.take(t.Context()); !errors.Is(err, errKeyPoolClosed) {
			t.Errorf("got %v", err)
		}
		if len(pool.ready) != 0 {
			t.Errorf("the pool still has %d keys", len(pool.ready))
		}
	})
}

func TestKeyPoolGenerateError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			keys   slowKeys
			broken atomic.Bool
			tries  atomic.Int64
			cause  = errors.New("no entropy")
		)
		broken.Store(true)
		pool := newTestPool(t, 1, func() (*rsa.PrivateKey, error) {
			tries.Add(1)
			key, err := keys.generate()
			if broken.Load() {
				return nil, cause
			}
			return key, err
		})
		var callers sync.WaitGroup
		for range 3 {
			callers.Go(func() {
				if _, err := pool.take(t.Context()); !errors.Is(err, cause) {
					t.Errorf("got %v, want the cause", err)
				}
			})
		}
		callers.Wait()
		time.Sleep(time.Hour)
		if got := tries.Load(); got != 1 {
			t.Errorf("nobody waits, and it tried %d times", got)
		}
		broken.Store(false)
		if _, err := pool.take(t.Context()); err != nil {
			t.Errorf("once keys can be made again: %v", err)
		}
		pool.Close()
		time.Sleep(2 * makingTime)
	})
}

// Without a bubble and without waiting, for the race detector.
func TestKeyPoolConcurrent(t *testing.T) {
	t.Parallel()
	var number atomic.Int64
	pool := newTestPool(t, 4, func() (*rsa.PrivateKey, error) {
		return &rsa.PrivateKey{D: big.NewInt(number.Add(1))}, nil
	})
	var (
		callers sync.WaitGroup
		seen    sync.Map
	)
	for caller := range 200 {
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(caller)*time.Microsecond)
			defer cancel()
			key, err := pool.take(ctx)
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errKeyPoolClosed) {
					t.Error(err)
				}
				return
			}
			if _, again := seen.LoadOrStore(key.D.Int64(), true); again {
				t.Errorf("key %v was handed out twice", key.D)
			}
		})
		if caller == 150 {
			callers.Go(pool.Close)
		}
	}
	callers.Wait()
}

func TestKeyPoolGeneratesRSA(t *testing.T) {
	t.Parallel()
	pool, err := newKeyPool(2048, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	key, err := pool.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := key.N.BitLen(); got != 2048 {
		t.Errorf("the key has %d bits", got)
	}
	if err := key.Validate(); err != nil {
		t.Error(err)
	}
}

func TestNewKeyPoolErrors(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{-1, 0, 1024, 2047, 2049, 8192} {
		_, err := newKeyPool(bits, 0)
		if err == nil {
			t.Errorf("accepted %d bits", bits)
			continue
		}
		if got, want := err.Error(), fmt.Sprintf("snowflake: Options.KeyBits must be 2048, 3072 or 4096, not %d", bits); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := newKeyPool(2048, -1); err == nil {
		t.Error("accepted a negative size")
	}
}

func TestKeyPoolPrintsNoKey(t *testing.T) {
	t.Parallel()
	secret, err := rand.Prime(rand.Reader, 256)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		pool := newTestPool(t, 1, func() (*rsa.PrivateKey, error) {
			return &rsa.PrivateKey{D: secret, Primes: []*big.Int{secret}}, nil
		})
		defer pool.Close()
		synctest.Wait()
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
			text := strings.ToLower(fmt.Sprintf(verb, pool))
			for _, form := range []string{secret.String(), fmt.Sprintf("%x", secret)} {
				if strings.Contains(text, form) {
					t.Errorf("%s prints the key", verb)
				}
			}
		}
	})
}
