// Fields that the host chooses, rather than the customer.

package warehouse

// A HostConnector is a connector some of whose config fields follow from the host's own options: the
// name of a stage, say. The customer neither sends nor sees them. They are stored with the row when
// it is created, and stay, so that a host which changes its options strands no existing connection.
type HostConnector interface {
	Connector

	// HostFields names those fields by their JSON names.
	HostFields() []string
}

func hostFields(c Connector) []string {
	if c, ok := c.(HostConnector); ok {
		return c.HostFields()
	}
	return nil
}
