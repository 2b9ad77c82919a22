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

func TestNewSealer(t *testing.T) {
	t.Parallel()
	TestSealer(t, NewSealer())
}

func TestSealersHaveOwnKeys(t *testing.T) {
	t.Parallel()
	sealed, err := NewSealer().Seal(t.Context(), []byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewSealer().Open(t.Context(), sealed, nil); !errors.Is(err, warehouse.ErrNotAuthentic) {
		t.Fatalf("Open = %v, want warehouse.ErrNotAuthentic", err)
	}
}

// A brokenSealer is a sealer whose methods a test replaces.
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

// encoded returns a sealer that only encodes.
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

func TestSealerSuite(t *testing.T) {
	t.Parallel()
	var cases []brokenCase[warehouse.Sealer]
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
		{"does not encrypt", brokenSealer{seal: same, open: same}, "hides the plaintext"},
		{"encodes in base64", encoded(base64.StdEncoding.EncodeToString, base64.StdEncoding.DecodeString), "hides the plaintext"},
		{"encodes in base64 for URLs", encoded(base64.RawURLEncoding.EncodeToString, base64.RawURLEncoding.DecodeString), "hides the plaintext"},
		{"encodes in hexadecimal", encoded(hex.EncodeToString, hex.DecodeString), "hides the plaintext"},
		{"encrypts only the beginning", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			sealed, err := s.Seal(ctx, text[:min(len(text), 100)], data)
			return append(sealed, text[min(len(text), 100):]...), err
		}}, "hides the plaintext"},
		{"ignores the associated data", brokenSealer{seal: withoutData(seal), open: withoutData(open)}, "opens only with the same associated data"},
		{"takes only part of the associated data", brokenSealer{
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
		}, "refuses changed bytes"},
		{"answers a forgery with an error of its own", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			if errors.Is(err, warehouse.ErrNotAuthentic) {
				err = errors.New("invalid ciphertext")
			}
			return out, err
		}}, "refuses changed bytes"},
		{"returns bytes beside an error", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			if err != nil {
				out = []byte("unauthenticated")
			}
			return out, err
		}}, "refuses changed bytes"},
		{"seals alike", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			if string(text) != "secret" {
				return s.Seal(ctx, text, data)
			}
			if kept == nil {
				kept, _ = s.Seal(ctx, text, data)
			}
			return slices.Clone(kept), nil
		}}, "seals the same plaintext differently each time"},
		{"seals into nothing", brokenSealer{seal: func(warehouse.Sealer, context.Context, []byte, []byte) ([]byte, error) {
			return nil, nil
		}}, "opens its own sealed bytes"},
		{"refuses long secrets", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			if len(text) > 4<<10 {
				return nil, errors.New("at most 4096 bytes")
			}
			return s.Seal(ctx, text, data)
		}}, "opens its own sealed bytes"},
		{"overwrites the plaintext", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			defer clear(text)
			return s.Seal(ctx, text, data)
		}}, "does not write to its arguments"},
		{"appends to the associated data", brokenSealer{
			seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				return s.Seal(ctx, text, append(data, "vault"...))
			},
			open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				return s.Open(ctx, text, append(data, "vault"...))
			},
		}, "does not write to its arguments"},
		{"decrypts in place", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			return text[:copy(text, out)], err
		}}, "retains neither arguments nor results"},
		{"returns cached results", func() brokenSealer {
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
		}(), "retains neither arguments nor results"},
		{"ignores the context", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			return s.Open(context.WithoutCancel(ctx), text, data)
		}}, "returns an error if the context has ended"},
		{"calls every failure final", brokenSealer{open: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Open(ctx, text, data)
			if err != nil {
				err = warehouse.ErrNotAuthentic
			}
			return out, err
		}}, "returns an error if the context has ended"},
		{"quotes the plaintext when it fails", brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
			out, err := s.Seal(ctx, text, data)
			if err != nil {
				err = fmt.Errorf("sealing %v: %w", text, err)
			}
			return out, err
		}}, "keeps the plaintext out of errors"},
		{"two goroutines get each other's bytes", func() brokenSealer {
			calls := make(chan []byte, 1)
			calls <- nil
			return brokenSealer{seal: func(s warehouse.Sealer, ctx context.Context, text, data []byte) ([]byte, error) {
				sealed, err := s.Seal(ctx, text, data)
				previous := <-calls
				calls <- sealed
				if previous == nil {
					previous = sealed
				}
				return previous, err
			}}
		}(), "serves many goroutines at once"},
	} {
		test.sealer.Sealer = NewSealer()
		cases = append(cases, brokenCase[warehouse.Sealer]{name: test.name, rule: test.breaks, open: func(*testing.T) warehouse.Sealer { return test.sealer }})
	}
	testSuite(t, sealerRules, cases)
}
