package engine

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A listStatement lists the files of a stage, all or those under a prefix.
type listStatement struct {
	names  []string
	prefix string
}

func (p *parser) list() statement {
	t := p.peek()
	reference := t.Value
	switch {
	case t.Kind == sql.String && strings.HasPrefix(t.Value, "@"):
		// Only a literal can hold spaces and the like.
		reference = t.Value[1:]
	case t.Kind != sql.Stage:
		p.unexpected()
		return nil
	}
	names, prefix, ok := sql.SplitStage(reference)
	if !ok {
		p.unexpected()
		return nil
	}
	p.next()
	for i := range names {
		names[i] = foldName(names[i], p.fold)
	}
	return &listStatement{names, prefix}
}

func (l *listStatement) run(s *Session) (ResultSet, *Error) {
	o, err := s.lookup(stageKind, l.names, false)
	if err != nil {
		return ResultSet{}, err
	}
	if !o.may(s.active(), stagePrivileges(o)[0]) {
		return ResultSet{}, insufficient(o)
	}
	r := table("name", "size", "md5", "last_modified")
	r.Columns[1].Type = "fixed"
	for _, f := range o.files {
		if !strings.HasPrefix(f.name, l.prefix) {
			continue
		}
		sum := md5.Sum([]byte(f.name))
		r.add(strings.ToLower(o.name)+"/"+f.name, strconv.FormatInt(f.size, 10), hex.EncodeToString(sum[:]),
			f.modified.UTC().Format(http.TimeFormat))
	}
	return r, nil
}
