package engine

import "github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"

type dropStatement struct {
	kind     kind
	names    []string
	ifExists bool
}

func (p *parser) drop() statement {
	d := &dropStatement{kind: p.kindName()}
	d.ifExists = p.accept("IF", "EXISTS")
	d.names = p.namesOf(d.kind)
	return d
}

func (d *dropStatement) run(s *Session) (ResultSet, *Error) {
	o, err := s.lookup(d.kind, d.names, false)
	switch {
	case err != nil && d.ifExists:
		return status("Drop statement executed successfully (" + sql.PrintName(d.names[len(d.names)-1]) + " already dropped)."), nil
	case err != nil:
		return ResultSet{}, err
	case !o.ownedBy(s.active()):
		return ResultSet{}, insufficient(o)
	}
	s.account.remove(o, s.role)
	return status(sql.PrintName(o.name) + " successfully dropped."), nil
}
