package warehouse

// An ImmutableConnector is a connector with config fields that identify a connection. They cannot change
// once it exists: another value needs another connection.
type ImmutableConnector interface {
	Connector

	// ImmutableFields returns the JSON names of those fields. A replace may repeat the stored value;
	// an update may not name the field. Values are compared with their Equal method if their type
	// is an [Equaler], and byte for byte as JSON otherwise.
	ImmutableFields() []string
}

// An Equaler is the type of a config field whose values can be written in more than one way, such as a
// name whose case does not matter.
type Equaler interface {
	// Equal reports whether other, which is of the same type, is the same value.
	Equal(other any) bool
}

func immutableFields(c Connector) []string {
	if c, ok := c.(ImmutableConnector); ok {
		return c.ImmutableFields()
	}
	return nil
}
