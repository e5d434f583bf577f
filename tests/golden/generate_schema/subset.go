package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"sort"
)

type subsetCase struct {
	Schema    string `json:"schema"`
	Payload   string `json:"payload"`
	Violation string `json:"violation"` // empty: it conforms
}

func newSubsetCase(schemaText, payload string) subsetCase {
	c := subsetCase{Schema: schemaText, Payload: payload}
	var s jsonSchema
	must(json.Unmarshal([]byte(schemaText), &s))
	var value any
	if payload != "" {
		if err := json.Unmarshal([]byte(payload), &value); err != nil {
			c.Violation = "schema: payload is not JSON: "
			return c
		}
	}
	c.Violation = violation(&s, value, "")
	return c
}

// The rules of the subset, members in sorted order where Parsec's order is that of a Go map.
func violation(s *jsonSchema, value any, path string) string {
	if s == nil {
		return ""
	}
	place := path
	if place == "" {
		place = "<root>"
	}
	if !isOfType(s.Type, value) {
		return "schema: " + place + " expected " + s.Type
	}
	if len(s.Enum) > 0 && !containsEqual(s.Enum, value) {
		return "schema: " + place + " not in enum"
	}
	if s.Type == "array" && s.Items != nil {
		items, _ := value.([]any)
		for i, item := range items {
			if said := violation(s.Items, item, fmt.Sprintf("%s[%d]", path, i)); said != "" {
				return said
			}
		}
	}
	if s.Type != "object" {
		return ""
	}
	members, _ := value.(map[string]any)
	for _, name := range s.Required {
		if _, there := members[name]; !there {
			return "schema: missing required field " + place + "." + name
		}
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		sub, declared := s.Properties[name]
		if !declared && s.AdditionalProperties != nil && !*s.AdditionalProperties {
			return "schema: unexpected field " + place + "." + name
		}
		if said := violation(sub, members[name], path+"."+name); said != "" {
			return said
		}
	}
	return ""
}

func isOfType(name string, value any) bool {
	number, isNumber := value.(float64)
	kind := reflect.Invalid
	if value != nil {
		kind = reflect.TypeOf(value).Kind()
	}
	switch name {
	case "string":
		return kind == reflect.String
	case "number":
		return isNumber
	case "integer":
		return isNumber && float64(int64(number)) == number
	case "boolean":
		return kind == reflect.Bool
	case "object":
		return kind == reflect.Map || value == nil
	case "array":
		return kind == reflect.Slice || value == nil
	case "null":
		return value == nil
	}
	return true
}

func containsEqual(list []any, value any) bool {
	for _, one := range list {
		if reflect.DeepEqual(one, value) {
			return true
		}
	}
	return false
}

var subsetSchemas = []string{
	`{}`, `{"type":"string"}`, `{"type":"number"}`, `{"type":"integer"}`, `{"type":"boolean"}`, `{"type":"object"}`, `{"type":"array"}`, `{"type":"null"}`,
	`{"type":"date"}`, `{"type":"object","required":["a"]}`, `{"type":"object","required":["b","a"]}`, `{"required":["a"]}`,
	`{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}`, `{"properties":{"a":{"type":"integer"}}}`,
	`{"type":"object","properties":{"a":null},"additionalProperties":false}`, `{"type":"object","additionalProperties":true}`,
	`{"additionalProperties":false}`, `{"type":"array","additionalProperties":false,"required":["a"]}`, `{"items":{"type":"string"}}`,
	`{"type":"array","items":{"type":"string"}}`, `{"type":"object","items":{"type":"string"}}`, `{"type":"array","items":{"type":"array","items":{"type":"null"}}}`,
	`{"enum":[1,"a",null,[1,2],{"a":1}]}`, `{"type":"integer","enum":[1,2]}`, `{"type":"string","enum":[1]}`, `{"enum":[]}`, `{"type":"object","enum":[{"a":1}]}`,
	`{"enum":[9007199254740993]}`, `{"enum":[1e2]}`, `{"type":"object","properties":{"a":{"type":"object","required":["b"],"properties":{"b":{"type":"array","items":{"enum":[true]}}}}}}`,
}

var subsetPayloads = []string{
	``, `null`, `true`, `false`, `0`, `1`, `1.0`, `1.5`, `-0.0`, `1e2`, `100`, `9007199254740992`, `9007199254740993`, `9223372036854775807`,
	`9223372036854774784`, `-9223372036854775808`, `-9223372036854775809`, `18446744073709551615`, `1e300`, `1e400`, `"a"`, `""`, `"\ud800"`, `[]`, `{}`,
	`[1,2]`, `[1.0,2e0]`, `["a"]`, `["a",1]`, `[null]`, `[[]]`, `[[null],[1]]`, `{"a":1}`, `{"a":1.0}`, `{"a":"x"}`, `{"a":null}`, `{"b":1}`, `{"A":1}`,
	`{"a":1,"b":2}`, `{"a":"x","a":1}`, `{"a":1,"a":"x"}`, `{"a":{"b":[true,1]}}`, `{"a":{}}`, `{"a":{"b":[true]}}`, `{`, `tru`, `1 2`, ` 1 `,
}

func randomSchema(r *rand.Rand, depth int) *jsonSchema {
	types := []string{"", "string", "number", "integer", "boolean", "object", "array", "null", "object", "array", "thing"}
	s := &jsonSchema{Type: types[r.Intn(len(types))]}
	if r.Intn(4) == 0 {
		for i := r.Intn(3) + 1; i > 0; i-- {
			s.Enum = append(s.Enum, randomValue(r, 1))
		}
	}
	if depth == 0 {
		return s
	}
	if r.Intn(2) == 0 {
		s.Properties = map[string]*jsonSchema{}
		for i := r.Intn(3); i > 0; i-- {
			s.Properties[randomName(r)] = randomSchema(r, depth-1)
		}
		if r.Intn(5) == 0 {
			s.Properties[randomName(r)] = nil
		}
	}
	for r.Intn(3) == 0 {
		s.Required = append(s.Required, randomName(r))
	}
	if r.Intn(2) == 0 {
		s.Items = randomSchema(r, depth-1)
	}
	if r.Intn(2) == 0 {
		yes := r.Intn(2) == 0
		s.AdditionalProperties = &yes
	}
	return s
}

func randomName(r *rand.Rand) string { return string(rune('a' + r.Intn(3))) }

func randomValue(r *rand.Rand, depth int) any {
	kinds := 6
	if depth > 0 {
		kinds = 10
	}
	switch r.Intn(kinds) {
	case 0:
		return nil
	case 1:
		return r.Intn(2) == 0
	case 2:
		return float64(r.Intn(3))
	case 3:
		return float64(r.Intn(5)) / 2
	case 4, 5:
		return randomName(r)
	case 6, 7:
		list := []any{}
		for i := r.Intn(3); i > 0; i-- {
			list = append(list, randomValue(r, depth-1))
		}
		return list
	default:
		object := map[string]any{}
		for i := r.Intn(3); i > 0; i-- {
			object[randomName(r)] = randomValue(r, depth-1)
		}
		return object
	}
}

func subsetCases(r *rand.Rand) []subsetCase {
	var cases []subsetCase
	for _, s := range subsetSchemas {
		for _, payload := range subsetPayloads {
			cases = append(cases, newSubsetCase(s, payload))
		}
	}
	for i := 0; i < 800; i++ {
		s, err := json.Marshal(randomSchema(r, 2))
		must(err)
		payload, err := json.Marshal(randomValue(r, 3))
		must(err)
		cases = append(cases, newSubsetCase(string(s), string(payload)))
	}
	return cases
}
