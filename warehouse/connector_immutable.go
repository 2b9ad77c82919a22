// Fields that may not change once a connection exists.

package warehouse

// An ImmutableConnector is a connector some of whose config fields are what a connection is: to
// change one is to make another connection.
type ImmutableConnector interface {
	Connector

	// ImmutableFields names those fields by their JSON names. A replace may repeat the stored
	// value, which is compared with the field type's Equal method where it has one of the form
	// func (T) Equal(T) bool, and byte for byte as JSON otherwise. An update may not name it.
	ImmutableFields() []string
}

func immutableFields(c Connector) []string {
	if c, ok := c.(ImmutableConnector); ok {
		return c.ImmutableFields()
	}
	return nil
}
