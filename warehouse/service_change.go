package warehouse

import (
	"context"
	"encoding/json"
	"errors"
)

// changeAttempts is how often a change is tried. Each failure means that another change succeeded.
const changeAttempts = 20

// Replace replaces the config of a connection. Fields that are not in members get their defaults, except
// sensitive and immutable fields, which keep their values. "type" and immutable fields are allowed only
// with their stored values. If anything changed, the setup script is generated again and the status is
// pending; the key pair stays. A sensitive field that is not in members is required if any other field
// changed, except those that a [SafeFieldsConnector] names. Replace returns [FieldErrors], [ErrNotFound]
// or [ErrChanged].
func (s *Service) Replace(ctx context.Context, caller Caller, id string, members Fields) (Connection, error) {
	return s.change(ctx, caller, id, func(r registered, row Row, old any, stored map[string]json.RawMessage) (any, error) {
		return r.replace(row.Type, old, stored, members)
	})
}

// Update changes the fields of a connection's config that are in members, which must not contain "type"
// or immutable fields. Otherwise it is like [Service.Replace].
func (s *Service) Update(ctx context.Context, caller Caller, id string, members Fields) (Connection, error) {
	return s.change(ctx, caller, id, func(r registered, _ Row, old any, stored map[string]json.RawMessage) (any, error) {
		return r.update(old, stored, members)
	})
}

// An editFunc returns the new config of a row, given the old one and the stored values of its fields.
type editFunc func(r registered, row Row, old any, stored map[string]json.RawMessage) (any, error)

// change applies an edit to the stored row, and again if another change came first.
func (s *Service) change(ctx context.Context, caller Caller, id string, edit editFunc) (Connection, error) {
	return observe(ctx, s, caller, Event{Action: ActionUpdate, ConnectionID: id}, func(e *Event) (Connection, error) {
		for range changeAttempts {
			row, err := s.row(ctx, caller, id)
			if err != nil {
				return Connection{}, err
			}
			e.about(row.Connection)
			next, changed, err := s.edited(ctx, row, edit)
			if err != nil || len(changed) == 0 {
				return next.Connection, err
			}
			err = s.store.Update(ctx, next)
			if errors.Is(err, ErrChanged) {
				continue
			}
			if err != nil {
				return Connection{}, err
			}
			next.Revision++
			e.about(next.Connection)
			e.Changed = changed
			return next.Connection, nil
		}
		return Connection{}, ErrChanged
	})
}

// edited returns the edited row, and the names of the fields that differ from the stored ones.
func (s *Service) edited(ctx context.Context, row Row, edit editFunc) (Row, []string, error) {
	r, err := s.connectorOf(row)
	if err != nil {
		return Row{}, nil, err
	}
	kept, err := open(ctx, s.sealer, row)
	if err != nil {
		return Row{}, nil, err
	}
	old, err := r.load(row.Connection, kept.fields)
	if err != nil {
		return Row{}, nil, err
	}
	before, err := r.shape.encode(old)
	if err != nil {
		return Row{}, nil, err
	}
	stored, err := r.stored(row.Connection, kept.fields)
	if err != nil {
		return Row{}, nil, err
	}
	config, err := edit(r, row, old, stored)
	if err != nil {
		return Row{}, nil, err
	}
	after, err := r.shape.encode(config)
	if err != nil {
		return Row{}, nil, err
	}
	changed, err := r.shape.changed(before, after)
	if err != nil || len(changed) == 0 {
		return row, nil, err
	}

	row.Config, row.Preset, row.LastTest = after.config, after.preset, nil
	if row.SetupScript, err = r.script(row.Connection); err != nil {
		return Row{}, nil, err
	}
	kept.fields = after.sensitive
	next := row.Connection
	next.Revision++ // by Store.Update
	if row.Sealed, err = seal(ctx, s.sealer, next, kept); err != nil {
		return Row{}, nil, err
	}
	return row, changed, nil
}

// replace returns the config that a replace makes of the stored one.
func (r registered) replace(typ string, old any, stored map[string]json.RawMessage, members Fields) (any, error) {
	errs := make(FieldErrors)
	kept := make(map[string]json.RawMessage)
	for _, f := range r.shape.fields {
		_, sent := members[f.name]
		keeps := f.preset || f.immutable || f.sensitive && !sent
		if raw, found := stored[f.name]; found && keeps {
			kept[f.name] = raw
		}
		if f.required && !keeps && !sent {
			errs.Add(f.name, msgRequired)
		}
	}
	if raw, sent := members[typeField]; sent {
		name, msg := decodeType(raw)
		if msg == "" && name != typ {
			msg = msgImmutable
		}
		if msg != "" {
			errs.Add(typeField, msg)
		}
	}
	return r.accept(old, kept, members, errs)
}

// update returns the config that an update makes of the stored one.
func (r registered) update(old any, stored map[string]json.RawMessage, members Fields) (any, error) {
	errs := make(FieldErrors)
	for name := range members {
		if f := r.shape.field(name); name == typeField || f != nil && f.immutable {
			errs.Add(name, msgImmutable)
		}
	}
	return r.accept(old, stored, members, errs)
}
