package engine

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A kind is a type of object, spelled as SQL spells it.
type kind string

const (
	accountKind         kind = "ACCOUNT"
	warehouseKind       kind = "WAREHOUSE"
	databaseKind        kind = "DATABASE"
	schemaKind          kind = "SCHEMA"
	stageKind           kind = "STAGE"
	tableKind           kind = "TABLE"
	roleKind            kind = "ROLE"
	userKind            kind = "USER"
	networkPolicyKind   kind = "NETWORK POLICY"
	authPolicyKind      kind = "AUTHENTICATION POLICY"
	resourceMonitorKind kind = "RESOURCE MONITOR"
)

// title returns the kind as it begins a message: "Network policy".
func (k kind) title() string { return string(k[0]) + strings.ToLower(string(k[1:])) }

// lower returns the kind as inside a message: "network policy".
func (k kind) lower() string { return strings.ToLower(string(k)) }

// plural returns the kind as SHOW spells it: "NETWORK POLICIES".
func (k kind) plural() string {
	if policy, ok := strings.CutSuffix(string(k), "POLICY"); ok {
		return policy + "POLICIES"
	}
	return string(k) + "S"
}

// containers returns the kinds that contain one of kind k, outermost first, without the account.
func (k kind) containers() []kind {
	switch k {
	case schemaKind:
		return []kind{databaseKind}
	case stageKind, tableKind, authPolicyKind:
		return []kind{databaseKind, schemaKind}
	}
	return nil
}

// An object is anything that can be created, owned and granted on; the account itself is the root.
type object struct {
	kind     kind
	name     string
	parent   *object
	owner    string // the role; empty for what the system owns
	created  time.Time
	props    map[string]string
	children map[kind]map[string]*object
	grants   []*grant

	inherits []string       // roles: those granted to this one; users: those granted to the user
	user     *user          // users only
	files    []file         // stages only
	allowed  []netip.Prefix // network policies only: ALLOWED_IP_LIST
	methods  []string       // authentication policies only: AUTHENTICATION_METHODS
}

// A grant is one privilege on one object held by one role. OWNERSHIP is the object's owner.
type grant struct {
	privilege string
	role      string
	by        string
	created   time.Time
}

type file struct {
	name     string
	size     int64
	modified time.Time
}

func (o *object) child(k kind, name string) *object { return o.children[k][name] }

func (o *object) add(c *object) {
	c.parent = o
	if o.children == nil {
		o.children = make(map[kind]map[string]*object)
	}
	if o.children[c.kind] == nil {
		o.children[c.kind] = make(map[string]*object)
	}
	o.children[c.kind][c.name] = c
}

// sorted returns the children of a kind by name.
func (o *object) sorted(k kind) []*object {
	list := make([]*object, 0, len(o.children[k]))
	for _, c := range o.children[k] {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *object) int { return strings.Compare(a.name, b.name) })
	return list
}

// path returns the object's name with those of its containers, for messages.
func (o *object) path() string {
	if o.parent == nil || o.parent.kind == accountKind {
		return sql.PrintName(o.name)
	}
	return o.parent.path() + "." + sql.PrintName(o.name)
}

// walk calls f for the object and all below it.
func (o *object) walk(f func(*object)) {
	f(o)
	for _, byName := range o.children {
		for _, c := range byName {
			c.walk(f)
		}
	}
}

// An Account holds every object, among them the system roles. Its exported methods may be called from any goroutine.
type Account struct {
	mu sync.Mutex
	*object
	now           func() time.Time
	authPolicy    *object           // for users without one
	loginFailures map[string]string // by UUID, for SYSTEM$GET_LOGIN_FAILURE_DETAILS
}

const (
	accountAdmin  = "ACCOUNTADMIN"
	securityAdmin = "SECURITYADMIN"
	userAdmin     = "USERADMIN"
	sysAdmin      = "SYSADMIN"
	public        = "PUBLIC"
)

// scriptUser runs the scripts.
const scriptUser = "ADMIN"

// New returns an account with the system roles and the user ADMIN, who holds ACCOUNTADMIN.
func New() *Account {
	a := &Account{
		object:        &object{kind: accountKind, name: "ACCOUNT", props: make(map[string]string)},
		now:           time.Now,
		loginFailures: make(map[string]string),
	}
	for _, r := range []struct {
		name     string
		inherits []string
		may      []string
	}{
		{public, nil, nil},
		{userAdmin, nil, []string{"CREATE ROLE", "CREATE USER"}},
		{securityAdmin, []string{userAdmin}, []string{"MANAGE GRANTS", "CREATE NETWORK POLICY", "ATTACH POLICY", "APPLY AUTHENTICATION POLICY"}},
		{sysAdmin, nil, []string{"CREATE DATABASE", "CREATE WAREHOUSE"}},
		{accountAdmin, []string{sysAdmin, securityAdmin}, []string{"CREATE RESOURCE MONITOR", "MONITOR"}},
	} {
		a.add(&object{kind: roleKind, name: r.name, inherits: r.inherits, created: a.now()})
		for _, privilege := range r.may {
			a.grants = append(a.grants, &grant{privilege: privilege, role: r.name, created: a.now()})
		}
	}
	a.add(&object{
		kind: userKind, name: scriptUser, created: a.now(), inherits: []string{accountAdmin},
		user: &user{loginName: scriptUser, userType: personType, secondary: true},
	})
	return a
}

// Now returns the account's time.
func (a *Account) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now()
}

// SetClock replaces the clock. Nil restores time.Now.
func (a *Account) SetClock(now func() time.Time) {
	if now == nil {
		now = time.Now
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = now
}

// PutFile puts a file into a stage, which is named as in SQL.
func (a *Account) PutFile(stage, name string, size int64) error {
	names, path, ok := sql.SplitStage(stage)
	if !ok || path != "" {
		return compilation("001003", "42000", "'%s' does not name a stage.", stage)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	o, err := a.scriptSession(nil).lookup(stageKind, names, true)
	if err != nil {
		return err
	}
	o.files = append(o.files, file{name: strings.TrimPrefix(name, "/"), size: size, modified: a.now()})
	return nil
}

// remove removes an object with its contents. Of a role it also removes the grants. Objects that the role owned go to
// the role that dropped it.
func (a *Account) remove(o *object, by string) {
	delete(o.parent.children[o.kind], o.name)
	if o.kind != roleKind {
		return
	}
	a.walk(func(x *object) {
		x.grants = slices.DeleteFunc(x.grants, func(g *grant) bool { return g.role == o.name })
		x.inherits = slices.DeleteFunc(x.inherits, func(name string) bool { return name == o.name })
		if x.owner == o.name {
			x.owner = by
		}
	})
}
