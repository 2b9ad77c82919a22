package warehouse

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Create creates the organisation's connection from "type" and the config's fields. It returns
// [FieldErrors] with all bad fields, and an [*ExistsError] if the organisation has a connection of any type.
// A key pair is created only after both checks.
func (s *Service) Create(ctx context.Context, caller Caller, members Fields) (Connection, error) {
	return observe(ctx, s, caller, Event{Action: ActionCreate}, func(e *Event) (Connection, error) {
		typ, connector, err := s.typeOf(members)
		if err != nil {
			return Connection{}, err
		}
		e.Type = typ
		config, err := connector.create(members)
		if err != nil {
			return Connection{}, err
		}
		release, err := s.creating(ctx, caller.Organisation)
		if err != nil {
			return Connection{}, err
		}
		defer release()
		if err := s.refuseSecond(ctx, caller.Organisation); err != nil {
			return Connection{}, err
		}
		row, err := s.newRow(ctx, caller.Organisation, typ, connector, config)
		if err != nil {
			return Connection{}, err
		}
		err = s.store.Create(ctx, row)
		if errors.Is(err, ErrExists) { // another process was faster
			return Connection{}, cmp.Or(s.refuseSecond(ctx, caller.Organisation), err)
		}
		if err != nil {
			return Connection{}, err
		}
		e.about(row.Connection)
		return row.Connection, nil
	})
}

// refuseSecond returns an [*ExistsError] if the organisation has a connection.
func (s *Service) refuseSecond(ctx context.Context, organisation string) error {
	existing, err := s.store.List(ctx, organisation)
	if err != nil || len(existing) == 0 {
		return err
	}
	return &ExistsError{ID: existing[0].ID}
}

// creating serializes the creates of an organisation: those that lose must not use up a key. Between
// processes the store decides.
func (s *Service) creating(ctx context.Context, organisation string) (release func(), err error) {
	for {
		s.mu.Lock()
		wait, busy := s.creates[organisation]
		if !busy {
			mine := make(chan struct{})
			s.creates[organisation] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.creates, organisation)
				s.mu.Unlock()
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, fmt.Errorf("warehouse: wait for another create: %w", ctx.Err())
		}
	}
}

// typeOf returns the connector of the requested type. A bad type is reported alone, since the other
// fields depend on it.
func (s *Service) typeOf(members Fields) (string, registered, error) {
	raw, sent := members[typeField]
	if !sent {
		return "", registered{}, FieldErrors{typeField: {msgRequired}}
	}
	typ, msg := decodeType(raw)
	if msg != "" {
		return "", registered{}, FieldErrors{typeField: {msg}}
	}
	connector, err := s.connectors.lookup(typ)
	if err != nil {
		return "", registered{}, FieldErrors{typeField: {"Unknown type. Known types: " + s.connectors.known() + "."}}
	}
	return typ, connector, nil
}

func decodeType(raw json.RawMessage) (typ, msg string) {
	if isNull(raw) {
		return "", msgNull
	}
	return decodeString(raw, false)
}

// create returns the config of a new connection.
func (r registered) create(members Fields) (any, error) {
	errs := make(FieldErrors)
	for _, f := range r.shape.fields {
		if _, sent := members[f.name]; f.required && !f.preset && !sent {
			errs.Add(f.name, msgRequired)
		}
	}
	return r.accept(nil, nil, members, errs)
}

func (s *Service) newRow(ctx context.Context, organisation, typ string, connector registered, config any) (Row, error) {
	p, err := connector.shape.encode(config)
	if err != nil {
		return Row{}, err
	}
	keys, err := keyPairFor(ctx, connector.Connector)
	if err != nil {
		return Row{}, err
	}
	row := Row{Connection: Connection{
		ID:           newID(),
		Organisation: organisation,
		Type:         typ,
		Config:       p.config,
		Preset:       p.preset,
		PublicKey:    keys.PublicKey,
		Revision:     1,
		CreatedAt:    time.Now().UTC().Round(0),
	}}
	if row.SetupScript, err = connector.script(row.Connection); err != nil {
		return Row{}, err
	}
	row.Sealed, err = seal(ctx, s.sealer, row.Connection, secretsOf(keys, p.sensitive))
	return row, err
}

// script returns the setup script, without the sensitive fields: a script must not hold a secret.
func (r registered) script(c Connection) (string, error) {
	config, err := r.load(c, nil)
	if err != nil {
		return "", err
	}
	script, err := r.SetupScript(config, c.PublicKey)
	if err != nil {
		return "", fmt.Errorf("warehouse: write the setup script of type %q: %w", c.Type, err)
	}
	return script, nil
}
