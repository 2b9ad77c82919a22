package httpapi

import (
	"encoding/json"

	"github.com/warehousekit/warehousekit/warehouse"
)

type typeObject struct {
	Type         string          `json:"type"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	Setup        typeSetup       `json:"setup"`
	Supports     typeSupports    `json:"supports"`
	ConfigSchema json.RawMessage `json:"config_schema"`
}

type typeSetup struct {
	Language     string `json:"language"`
	Instructions string `json:"instructions"`
}

type typeSupports struct {
	KeyPair  bool `json:"key_pair"`
	Check    bool `json:"check"`
	Rotation bool `json:"rotation"`
	Teardown bool `json:"teardown"`
}

func typesOf(descriptions []warehouse.TypeDescription) []typeObject {
	list := make([]typeObject, 0, len(descriptions)) // encodes as [] rather than null
	for _, d := range descriptions {
		list = append(list, typeObject{
			Type:         d.Type,
			Title:        d.Title,
			Description:  d.Summary,
			Setup:        typeSetup{Language: d.SetupLanguage, Instructions: d.SetupInstructions},
			Supports:     typeSupports{KeyPair: d.KeyPair, Teardown: d.Teardown},
			ConfigSchema: d.ConfigSchema,
		})
	}
	return list
}
