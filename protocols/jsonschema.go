package protocols

import (
	"encoding/json"
	"fmt"
)

// Schema is the definition language as a JSON Schema (draft 2020-12), for editors. It is made from the same rows that
// [Parse] reads by; what values must agree with each other only Parse knows.
func Schema() ([]byte, error) {
	root := definitionValue.shape.jsonSchema()
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Almanac protocol"
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	return append(text, '\n'), nil
}

// jsonSchema is the shape as a JSON Schema; the map is the caller's.
func (s *shape) jsonSchema() map[string]any {
	if s.short != nil {
		long := *s
		long.short = nil
		return map[string]any{"anyOf": []any{s.short.jsonSchema(), long.jsonSchema()}}
	}
	switch {
	case s.item != nil:
		return map[string]any{"type": "array", "items": s.item.jsonSchema()}
	case s.named != nil:
		return map[string]any{"type": "object", "additionalProperties": s.named.jsonSchema()}
	case s.scalar != nil:
		schema := make(map[string]any, len(s.scalar)+1)
		for k, v := range s.scalar {
			schema[k] = v
		}
		return schema
	}
	properties := make(map[string]any, len(s.keys))
	required := []string{}
	for _, k := range s.keys {
		property := k.shape.jsonSchema()
		property["description"] = k.doc
		properties[k.name] = property
		if k.required {
			required = append(required, k.name)
		}
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties,
		"required": required}
}
