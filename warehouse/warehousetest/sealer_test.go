package warehousetest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

func TestTheSealerForTestsConforms(t *testing.T) {
	TestSealer(t, NewSealer())
}

func TestOneSealerForTestsDoesNotOpenWhatAnotherSealed(t *testing.T) {
	sealed, err := NewSealer().Seal(t.Context(), []byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewSealer().Open(t.Context(), sealed, nil); !errors.Is(err, warehouse.ErrNotAuthentic) {
		t.Fatalf("Open = %v, want warehouse.ErrNotAuthentic", err)
	}
}

// A brokenSealer is the sealer for tests but for what its functions do.
type brokenSealer struct {
	warehouse.Sealer
	seal, open func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error)
}

func (b brokenSealer) Seal(ctx context.Context, plaintext, data []byte) ([]byte, error) {
	if b.seal == nil {
		return b.Sealer.Seal(ctx, plaintext, data)
	}
	return b.seal(b.Sealer, ctx, plaintext, data)
}

func (b brokenSealer) Open(ctx context.Context, sealed, data []byte) ([]byte, error) {
	if b.open == nil {
		return b.Sealer.Open(ctx, sealed, data)
	}
	return b.open(b.Sealer, ctx, sealed, data)
}

type sealFunc = func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error)

// encoded is a sealer that encodes and no more.
func encoded(encode func([]byte) string, decode func(string) ([]byte, error)) brokenSealer {
	return brokenSealer{
		seal: func(_ warehouse.Sealer, _ context.Context, text, _ []byte) ([]byte, error) {
			return []byte("v1:" + encode(text)), nil
		},
		open: func(_ warehouse.Sealer, _ context.Context, text, _ []byte) ([]byte, error) {
			return decode(strings.TrimPrefix(string(text), "v1:"))
		},
	}
}

func TestTheSuiteFindsWhatIsWrongWithASealer(t *testing.T) {
	var kept []byte
	same := func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
		return slices.Clone(text), nil
	}
	withoutData := func(call func(warehouse.Sealer) func(context.Context, []byte, []byte) ([]byte, error)) sealFunc {
		return func(s warehouse.Sealer, ctx context.Context, text, _ []byte) ([]byte, error) {
			return call(s)(ctx, text, nil)
		}
	}
	seal := func(s warehouse.Sealer) func(context.Context, []byte, []byte) ([]byte, error) { return s.Seal }
	open := func(s warehouse.Sealer) func(context.Context, []byte, []byte) ([]byte, error) { return s.Open }

	for _, test := range []struct {
		name   string
		sealer brokenSealer
		breaks string
	}{
		{"it does not encrypt", brokenSealer{seal: same, open: same}, "shows nothing of the plaintext"},
		{"it encodes in base64", encoded(base64.StdEncoding.EncodeToString, base64.StdEncoding.DecodeString), "shows nothing of the plaintext"},
		{"it encodes in base64 for URLs", encoded(base64.RawURLEncoding.EncodeToString, base64.RawURLEncoding.DecodeString), "shows nothing of the plaintext"},
		{"it encodes in hexadecimal", encoded(hex.EncodeToString, hex.DecodeString), "shows nothing of the plaintext"},
		{"it encrypts only the beginning", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			sealed, err := s.Seal(ctx, text[:min(len(text), 100)], data)
			return append(sealed, text[min(len(text), 100):]...), err
		}}, "shows nothing of the plaintext"},
		{"it ignores the associated data", brokenSealer{seal: withoutData(seal), open: withoutData(open)}, "opens only with the same associated data"},
		{"it takes only part of the associated data", brokenSealer{
			seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				return s.Seal(ctx, text, data[:min(len(data), 10)])
			},
			open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				return s.Open(ctx, text, data[:min(len(data), 10)])
			},
		}, "opens only with the same associated data"},
		{"its tag is not checked whole", brokenSealer{
			seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				sealed, err := s.Seal(ctx, text, data)
				return append(sealed, 1, 2, 3, 4), err
			},
			open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				return s.Open(ctx, text[:max(0, len(text)-4)], data)
			},
		}, "opens nothing that was changed"},
		{"it answers a forgery with an error of its own", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			if errors.Is(err, warehouse.ErrNotAuthentic) {
				err = errors.New("invalid ciphertext")
			}
			return out, err
		}}, "opens nothing that was changed"},
		{"it returns bytes beside an error", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			if err != nil {
				out = []byte("unauthenticated")
			}
			return out, err
		}}, "opens nothing that was changed"},
		{"it seals alike", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			if string(text) != "secret" {
				return s.Seal(ctx, text, data)
			}
			if kept == nil {
				kept, _ = s.Seal(ctx, text, data)
			}
			return slices.Clone(kept), nil
		}}, "seals the same plaintext differently each time"},
		{"it seals into nothing", brokenSealer{seal: func(warehouse.Sealer, context.Context, []byte, []byte) ([]byte, error) {
			return nil, nil
		}}, "opens what it sealed"},
		{"it refuses long secrets", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			if len(text) > 4<<10 {
				return nil, errors.New("at most 4096 bytes")
			}
			return s.Seal(ctx, text, data)
		}}, "opens what it sealed"},
		{"it overwrites the plaintext", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			defer clear(text)
			return s.Seal(ctx, text, data)
		}}, "leaves its arguments as they are"},
		{"it appends to the associated data", brokenSealer{
			seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				return s.Seal(ctx, text, append(data, "vault"...))
			},
			open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				return s.Open(ctx, text, append(data, "vault"...))
			},
		}, "leaves its arguments as they are"},
		{"it decrypts in place", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			return text[:copy(text, out)], err
		}}, "keeps nothing of what passes through it"},
		{"it returns what it has cached", func() brokenSealer {
			cache := make(map[string][]byte)
			return brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				if out, ok := cache[string(text)+string(data)]; ok {
					return out, ctx.Err()
				}
				out, err := s.Open(ctx, text, data)
				if err == nil {
					cache[string(text)+string(data)] = out
				}
				return out, err
			}}
		}(), "keeps nothing of what passes through it"},
		{"it ignores the context", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			return s.Open(context.WithoutCancel(ctx), text, data)
		}}, "answers an ended context with an error"},
		{"it calls every failure final", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			if err != nil {
				err = warehouse.ErrNotAuthentic
			}
			return out, err
		}}, "answers an ended context with an error"},
		{"it quotes the plaintext when it fails", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Seal(ctx, text, data)
			if err != nil {
				err = fmt.Errorf("sealing %v: %w", text, err)
			}
			return out, err
		}}, "puts nothing of the plaintext into an error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.sealer.Sealer = NewSealer()
			i := slices.IndexFunc(sealerRules, func(r sealerRule) bool { return r.name == test.breaks })
			if i < 0 {
				t.Fatalf("there is no rule %q", test.breaks)
			}
			err := sealerRules[i].check(t.Context(), test.sealer)
			if err == nil {
				t.Fatalf("the rule %q found nothing", test.breaks)
			}
			t.Log(err)
		})
	}
}

func TestTheSuiteFindsAMixUpBetweenGoroutines(t *testing.T) {
	calls := make(chan []byte, 1)
	calls <- nil
	mixedUp := brokenSealer{Sealer: NewSealer(), seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
		sealed, err := s.Seal(ctx, text, data)
		previous := <-calls
		calls <- sealed
		if previous == nil {
			previous = sealed
		}
		return previous, err
	}}
	if checkConcurrency(t.Context(), mixedUp) == nil {
		t.Fatal("the suite found nothing")
	}
}
