package snowflake

import "github.com/warehousekit/warehousekit/warehouse"

// Describe returns the texts that a customer reads before and after choosing Snowflake.
func (c *Connector) Describe() warehouse.Description {
	return warehouse.Description{
		Title:         "Snowflake",
		Summary:       "Loads data from " + c.product + " into your Snowflake account. You don't enter a password: the connection logs in with a key pair.",
		SetupLanguage: "sql",
		SetupInstructions: "An administrator with the roles SYSADMIN and SECURITYADMIN, or ACCOUNTADMIN, runs this script in Snowsight: " +
			"choose Projects » Workspaces, add a SQL file, paste the script, select all of it and run it.",
	}
}
