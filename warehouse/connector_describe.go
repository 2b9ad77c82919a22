package warehouse

// A DescribedConnector is a connector that describes its type to the customer who chooses it. Its fields are
// described by the tags of the config struct; see [Registry.Describe].
type DescribedConnector interface {
	Connector

	// Describe returns texts for customers. It must return the same every time.
	Describe() Description
}

// A Description has texts about a type of warehouse, for customers.
type Description struct {
	Title             string // the product's name, such as Snowflake. If empty, the type name
	Summary           string // one sentence
	SetupLanguage     string // of the setup script, such as sql. If empty, text
	SetupInstructions string // who runs the setup script, and where
}

func descriptionOf(typ string, c Connector) Description {
	var d Description
	if c, ok := c.(DescribedConnector); ok {
		d = c.Describe()
	}
	if d.Title == "" {
		d.Title = typ
	}
	if d.SetupLanguage == "" {
		d.SetupLanguage = "text"
	}
	return d
}
