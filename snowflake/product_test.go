package snowflake

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProductNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ product, base, title string }{
		{"Flagsmith", "FLAGSMITH", "-- Flagsmith Analytics"},
		{"Acme Cloud 2", "ACME_CLOUD_2", "-- Acme Cloud 2 Analytics"},
		{" Acme ", "ACME", "-- Acme Analytics"},
		{"2morrow", "_2MORROW", "-- 2morrow Analytics"},
		{"Bob's  (Data)!", "BOB_S_DATA", "-- Bob's  (Data)! Analytics"},
		{"Café Olé", "CAF_OL", "-- Café Olé Analytics"},
		{"x--", "X", "-- x-- Analytics"},
		{strings.Repeat("p", 64), strings.Repeat("P", 64), "-- " + strings.Repeat("p", 64) + " Analytics"},
	}
	for _, tt := range tests {
		t.Run(tt.product, func(t *testing.T) {
			t.Parallel()
			got, err := newProductNames(tt.product)
			if err != nil {
				t.Fatal(err)
			}
			want := productNames{
				title:    tt.title,
				database: Identifier(tt.base),
				role:     Identifier(tt.base + "_LOADER"),
				user:     Identifier(tt.base + "_SERVICE"),
				stage:    Identifier(tt.base + "_STAGE"),
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(productNames{})); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			for _, id := range []Identifier{got.database, got.role, got.user, got.stage} {
				var again Identifier
				if err := again.UnmarshalText([]byte(id)); err != nil || again != id {
					t.Errorf("%q is not canonical: %q, %v", id, again, err)
				}
			}
		})
	}
}

func TestProductNameErrors(t *testing.T) {
	t.Parallel()
	const (
		missing = "snowflake: Options.Product is missing: set it to your product's name, such as Flagsmith"
		odd     = "snowflake: Options.Product may contain only letters, digits, spaces and . , - _ ' + ! ( )"
		letter  = "snowflake: Options.Product needs a letter from A to Z"
	)
	tests := []struct{ product, want string }{
		{"", missing},
		{"  ", missing},
		{"Flagsmith\n", odd},
		{"Flag\nDROP DATABASE X", odd},
		{"Flag\rsmith", odd},
		{"Flag\tsmith", odd},
		{"Flag\x00smith", odd},
		{"Flag\u2028smith", odd},
		{"Flag\u0085smith", odd},
		{"Flag\u202esmith", odd},
		{"Flag\xffsmith", odd},
		{"AT&T", odd},
		{"<% x %>", odd},
		{"a;b", odd},
		{"a */ b", odd},
		{"123", letter},
		{"...", letter},
		{"Мир", letter},
		{strings.Repeat("p", 65), "snowflake: Options.Product may have at most 64 characters"},
	}
	for _, tt := range tests {
		t.Run(tt.product, func(t *testing.T) {
			t.Parallel()
			got, err := newProductNames(tt.product)
			if err == nil {
				t.Fatalf("accepted as %+v", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
