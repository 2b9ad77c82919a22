package warehouse

// Lookup returns the connector of a type.
func (r *Registry) Lookup(typ string) (Connector, error) {
	found, err := r.lookup(typ)
	return found.Connector, err
}
