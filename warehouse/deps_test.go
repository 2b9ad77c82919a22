package warehouse_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const root = "github.com/warehousekit/warehousekit"

// A listed package is what go list says of one.
type listed struct {
	ImportPath   string
	Standard     bool
	Name         string
	Imports      []string // of its code
	TestImports  []string
	XTestImports []string
	Deps         []string // all that is compiled with it
}

// packages lists the module's packages and all that they compile.
var packages = sync.OnceValues(func() (map[string]listed, error) {
	command := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Name,Imports,TestImports,XTestImports,Deps", "./...")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			err = errors.New(string(failed.Stderr))
		}
		return nil, err
	}
	all := make(map[string]listed)
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
})

func listPackages(t *testing.T) map[string]listed {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ours returns the module's own packages, which must be there: a rule about a package that was renamed
// would hold for ever.
func ours(t *testing.T) map[string]listed {
	t.Helper()
	own := listPackages(t)
	own = maps.Collect(func(yield func(string, listed) bool) {
		for path, p := range own {
			if strings.HasPrefix(path, root+"/") && !yield(strings.TrimPrefix(path, root+"/"), p) {
				return
			}
		}
	})
	for _, name := range []string{"warehouse", "warehouse/netguard", "warehouse/warehousetest", "httpapi", "store", "store/sqlite", "store/postgres", "store/tinkseal", "snowflake"} {
		if _, found := own[name]; !found {
			t.Fatalf("there is no package %s", name)
		}
	}
	return own
}

// heavy are the modules that only one of our packages brings, and which that is.
var heavy = map[string]string{
	"github.com/snowflakedb/gosnowflake": "snowflake",
	"github.com/tink-crypto/tink-go":     "store/tinkseal",
	"modernc.org/sqlite":                 "store/sqlite",
	"github.com/jackc/pgx":               "store/postgres",
	"github.com/jmoiron/sqlx":            "store",
}

func within(path, module string) bool { return path == module || strings.HasPrefix(path, module+"/") }

func TestCoreImports(t *testing.T) {
	t.Parallel()
	all := listPackages(t)
	core := ours(t)["warehouse"]
	if !slices.Contains(core.Deps, "context") {
		t.Fatal("the list of what the core compiles is not one")
	}
	for _, dep := range core.Deps {
		// An internal package's own imports are among Deps too.
		if !all[dep].Standard && dep != root+"/internal/panics" && dep != root+"/internal/texts" {
			t.Errorf("warehouse brings %s", dep)
		}
	}
	for _, dep := range []string{"net/http", "testing", "flag"} {
		if slices.Contains(core.Deps, dep) {
			t.Errorf("warehouse brings %s, which is httpapi's or warehousetest's to bring", dep)
		}
	}
}

func TestNoDriverOrCloudSDK(t *testing.T) {
	t.Parallel()
	own := ours(t)
	for _, name := range []string{"warehouse", "httpapi", "store"} {
		for _, dep := range own[name].Deps {
			for module, bringer := range heavy {
				if within(dep, module) && bringer != name {
					t.Errorf("%s brings %s, which only %s is to bring", name, dep, bringer)
				}
			}
			for _, sdk := range []string{"github.com/aws", "github.com/Azure", "cloud.google.com", "google.golang.org", "go.opentelemetry.io"} {
				if within(dep, sdk) {
					t.Errorf("%s brings %s", name, dep)
				}
			}
		}
	}
}

func TestHeavyModules(t *testing.T) {
	t.Parallel()
	own := ours(t)
	for name, p := range own {
		for module, bringer := range heavy {
			brings := slices.ContainsFunc(p.Deps, func(path string) bool { return within(path, module) })
			if name == bringer && !brings {
				t.Errorf("%s does not bring %s: this test is out of date", name, module)
			}
			if outside := strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "internal/"); outside || !brings {
				continue // internal packages that bring one are for tests, or whoever imports them is found here
			}
			if name != bringer && !slices.Contains(p.Deps, root+"/"+bringer) {
				t.Errorf("%s brings %s otherwise than by %s", name, module, bringer)
			}
		}
	}
	for _, pair := range [][2]string{{"store/sqlite", "github.com/jackc/pgx"}, {"store/postgres", "modernc.org"}} {
		for _, dep := range own[pair[0]].Deps {
			if within(dep, pair[1]) {
				t.Errorf("%s brings %s: a host on one database compiles the other", pair[0], dep)
			}
		}
	}
}

func TestArrows(t *testing.T) {
	t.Parallel()
	own := ours(t)
	// What each may bring of the module, itself and internal packages aside.
	arrows := map[string][]string{
		"warehouse":               nil,
		"warehouse/warehousetest": {"warehouse"},
		"warehouse/netguard":      nil,
		"httpapi":                 {"warehouse"},
		"httpapi/webui":           nil,
		"store":                   {"warehouse"},
		"store/sqlite":            {"warehouse", "store"},
		"store/postgres":          {"warehouse", "store"},
		"store/tinkseal":          {"warehouse"},
		"snowflake":               {"warehouse", "warehouse/netguard"},

		// The stand-in imports neither warehouse nor snowflake, so it cannot share a mistake with them.
		"snowflake/snowflaketest":                 {"snowflake/snowflaketest/internal/wire", "snowflake/snowflaketest/internal/engine", "snowflake/snowflaketest/internal/sql"},
		"snowflake/snowflaketest/internal/wire":   {"snowflake/snowflaketest/internal/engine", "snowflake/snowflaketest/internal/sql"},
		"snowflake/snowflaketest/internal/engine": {"snowflake/snowflaketest/internal/sql"},
		"snowflake/snowflaketest/internal/sql":    nil,
	}
	for name, p := range own {
		_, drawn := arrows[name]
		if !drawn && !strings.HasPrefix(name, "examples/") && !strings.HasPrefix(name, "internal/") {
			t.Errorf("%s has no arrows here: add what it may import", name)
		}
		for _, dep := range slices.Concat(p.Deps, p.Imports) {
			dep, isOurs := strings.CutPrefix(dep, root+"/")
			if !isOurs {
				continue
			}
			if drawn && dep != name && !strings.HasPrefix(dep, "internal/") && !slices.Contains(arrows[name], dep) {
				t.Errorf("%s brings %s", name, dep)
			}
			if strings.HasPrefix(name, "internal/") && slices.Contains([]string{"httpapi", "store", "snowflake"}, dep) {
				t.Errorf("%s, which others share, brings %s", name, dep)
			}
		}
	}
}

func TestExamplesNotImported(t *testing.T) {
	t.Parallel()
	examples := 0
	for name, p := range ours(t) {
		if strings.HasPrefix(name, "examples/") {
			examples++
		}
		for _, dep := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			// Examples may use each other: the dashboard has the connector of one's own.
			if strings.HasPrefix(dep, root+"/examples/") && !strings.HasPrefix(name, "examples/") {
				t.Errorf("%s imports %s", name, dep)
			}
		}
	}
	if examples == 0 {
		t.Error("there are no examples")
	}
}
