package warehouse

// A PresetConnector is a connector with config fields that the host's options determine, such as the
// name of a stage. Customers neither send nor see them. They are stored when the connection is created
// and do not change afterwards, so a host can change its options without breaking existing connections.
type PresetConnector interface {
	Connector

	// PresetFields returns the JSON names of those fields.
	PresetFields() []string
}

func presetFields(c Connector) []string {
	if c, ok := c.(PresetConnector); ok {
		return c.PresetFields()
	}
	return nil
}
