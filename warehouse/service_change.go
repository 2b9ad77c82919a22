// Replacing and updating a connection's config.

package warehouse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
)

// changeAttempts is how often a change is applied anew to what another change left, before giving up.
// Each loss means that another change won, so only a connection under constant change gets there.
const changeAttempts = 20

// Replace gives a connection a whole new config: fields that members lack go back to their defaults,
// but for sensitive and immutable ones, which keep their values. "type" and immutable fields may be
// there only with the stored values. A replace that changed anything makes the setup script anew and
// puts the connection back to pending; the key pair stays. It returns [FieldErrors], [ErrNotFound] or
// [ErrChanged].
func (s *Service) Replace(ctx context.Context, caller Caller, id string, members Fields) (Connection, error) {
	return s.change(ctx, caller, id, func(r registered, row Row, stored any) (any, error) {
		return r.replaced(row, stored, members)
	})
}

// Update changes those fields of a connection's config that members name. "type" and immutable fields
// may not be there. What follows is as with [Service.Replace].
func (s *Service) Update(ctx context.Context, caller Caller, id string, members Fields) (Connection, error) {
	return s.change(ctx, caller, id, func(r registered, row Row, stored any) (any, error) {
		return r.updated(stored, members)
	})
}

// change applies an edit to what is stored, and again to what others left there meanwhile.
func (s *Service) change(ctx context.Context, caller Caller, id string, edit func(r registered, row Row, stored any) (any, error)) (Connection, error) {
	return observe(ctx, s, caller, Event{Action: ActionUpdate, ConnectionID: id}, func(e *Event) (Connection, error) {
		for range changeAttempts {
			row, err := s.row(ctx, caller, id)
			if err != nil {
				return Connection{}, err
			}
			e.about(row.Connection)
			next, changed, err := s.edited(ctx, row, edit)
			if err != nil || !changed {
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
			return next.Connection, nil
		}
		return Connection{}, ErrChanged
	})
}

// edited returns the row as it should be stored, and whether that differs from what is.
func (s *Service) edited(ctx context.Context, row Row, edit func(registered, Row, any) (any, error)) (Row, bool, error) {
	r, err := s.connectorOf(row)
	if err != nil {
		return Row{}, false, err
	}
	kept := secrets{}
	if r.shape.hasSensitive() {
		if kept, err = open(ctx, s.sealer, row); err != nil {
			return Row{}, false, err
		}
	}
	stored, err := r.load(row.Connection, kept.fields)
	if err != nil {
		return Row{}, false, err
	}
	before, err := r.shape.part(stored)
	if err != nil {
		return Row{}, false, err
	}
	config, err := edit(r, row, stored)
	if err != nil {
		return Row{}, false, err
	}
	after, err := r.shape.part(config)
	if err != nil {
		return Row{}, false, err
	}
	sameSecrets := maps.EqualFunc(before.sensitive, after.sensitive, equalBytes)
	if bytes.Equal(before.config, after.config) && sameSecrets {
		return row, false, nil
	}

	row.Config, row.Preset, row.LastTest, row.Sealed = after.config, after.preset, nil, nil
	if row.SetupScript, err = r.script(row.Connection); err != nil {
		return Row{}, false, err
	}
	if !sameSecrets {
		kept.fields = after.sensitive
		if row.Sealed, err = seal(ctx, s.sealer, row.Connection, kept); err != nil {
			return Row{}, false, err
		}
	}
	return row, true, nil
}

func equalBytes(a, b json.RawMessage) bool { return bytes.Equal(a, b) }

// replaced decodes members onto the defaults, beside what a replace does not touch.
func (r registered) replaced(row Row, stored any, members Fields) (any, error) {
	config, errs := r.Config(), make(FieldErrors)
	r.shape.decodeFields(config, members.without("type"), errs)
	from, to := reflect.ValueOf(stored).Elem(), reflect.ValueOf(config).Elem()
	for _, f := range r.shape.fields {
		old, now := from.Field(f.index), to.Field(f.index)
		_, sent := members[f.name]
		sent = sent && !f.preset
		switch {
		case f.immutable && sent:
			if len(errs[f.name]) == 0 && !sameValue(old, now) {
				errs.Add(f.name, msgImmutable)
			}
			now.Set(old) // another spelling of it stays as it was
		case (f.preset || f.immutable || f.sensitive) && !sent:
			now.Set(old)
		case f.required && !sent:
			errs.Add(f.name, msgRequired)
		}
	}
	if raw, sent := members["type"]; sent {
		typ, msg := decodeType(raw)
		if msg == "" && typ != row.Type {
			msg = msgImmutable
		}
		if msg != "" {
			errs.Add("type", msg)
		}
	}
	r.validate(config, errs)
	return config, errs.orNil()
}

// updated decodes members onto what is stored.
func (r registered) updated(stored any, members Fields) (any, error) {
	errs := make(FieldErrors)
	rest := members.without("type")
	if _, sent := members["type"]; sent {
		errs.Add("type", msgImmutable)
	}
	for _, f := range r.shape.fields {
		if _, sent := members[f.name]; sent && f.immutable {
			errs.Add(f.name, msgImmutable)
			rest = rest.without(f.name)
		}
	}
	r.shape.decodeFields(stored, rest, errs)
	r.validate(stored, errs)
	return stored, errs.orNil()
}

// sameValue compares with the type's own Equal method where it has one, for values that are spelled in
// more than one way.
func sameValue(a, b reflect.Value) bool {
	if equal := a.MethodByName("Equal"); equal.IsValid() {
		if t := equal.Type(); t.NumIn() == 1 && t.In(0) == b.Type() && t.NumOut() == 1 && t.Out(0).Kind() == reflect.Bool {
			return equal.Call([]reflect.Value{b})[0].Bool()
		}
	}
	x, errX := encodeValue(a)
	y, errY := encodeValue(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
