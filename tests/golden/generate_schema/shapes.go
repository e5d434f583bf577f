package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"strconv"
	"time"
)

// Stand-ins with the keys, order and omission rules of Parsec's registry.
type jsonSchema struct {
	Type                 string                 `json:"type,omitempty"`
	Required             []string               `json:"required,omitempty"`
	Properties           map[string]*jsonSchema `json:"properties,omitempty"`
	Items                *jsonSchema            `json:"items,omitempty"`
	AdditionalProperties *bool                  `json:"additionalProperties,omitempty"`
	Enum                 []any                  `json:"enum,omitempty"`
	Description          string                 `json:"description,omitempty"`
}

type aspect struct {
	Name          string      `json:"name"`
	Description   string      `json:"description,omitempty"`
	PayloadSchema *jsonSchema `json:"payload_schema,omitempty"`
	Required      bool        `json:"required,omitempty"`
}

type accessPolicy struct {
	PublishRoles   []string `json:"publish_roles,omitempty"`
	SubscribeRoles []string `json:"subscribe_roles,omitempty"`
	Notes          string   `json:"notes,omitempty"`
}

type channelPattern struct {
	Pattern     string            `json:"pattern"`
	Description string            `json:"description,omitempty"`
	Version     int               `json:"version"`
	Aspects     map[string]aspect `json:"aspects"`
	ACL         accessPolicy      `json:"acl,omitzero"`
}

type snapshot struct {
	Patterns []channelPattern `json:"patterns"`
	At       time.Time        `json:"at"`
}

type change struct {
	Kind    string         `json:"kind"`
	Pattern string         `json:"pattern"`
	Schema  channelPattern `json:"schema,omitzero"`
	At      time.Time      `json:"at"`
}

type shapeCase struct {
	Shape string  `json:"shape"` // pattern, snapshot or change
	Given string  `json:"given"`
	Go    *string `json:"go"` // what Go writes after reading it; null: it refuses
}

func newShapeCase(shape, given string) shapeCase {
	var err error
	var out []byte
	switch shape {
	case "pattern":
		out, err = throughGo[channelPattern](given)
	case "snapshot":
		out, err = throughGo[snapshot](given)
	case "change":
		out, err = throughGo[change](given)
	}
	c := shapeCase{Shape: shape, Given: given}
	if err == nil {
		text := string(out)
		c.Go = &text
	}
	return c
}

func throughGo[T any](given string) ([]byte, error) {
	var value T
	if err := json.Unmarshal([]byte(given), &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// How a time, and a schema in an aspect, stand in the shapes that hold them.
func withTime(text string) string { return `{"kind":"updated","pattern":"a","at":` + text + `}` }
func withSchema(text string) string {
	return `{"pattern":"a","version":1,"aspects":{"x":{"name":"x","payload_schema":` + text + `}}}`
}

var patternTexts = []string{
	`{}`, `null`, `[]`, `5`, `"x"`, ``, ` {} `, `{}x`, `{"pattern":"a"}`, `{"pattern":"a","aspects":null}`, `{"pattern":"a","aspects":{}}`,
	`{"pattern":"<a>&\u2028é\u0001","description":"<b>","version":-3,"aspects":{"<":{"name":">"}}}`, `{"pattern":1}`,
	`{"pattern":null,"description":null,"version":null,"aspects":null,"acl":null}`, `{"version":1.5}`, `{"version":1.0}`, `{"version":"1"}`,
	`{"version":9223372036854775807}`, `{"version":9223372036854775808}`, `{"version":-9223372036854775808}`, `{"version":9007199254740993}`,
	`{"aspects":{"b":{},"a":{},"B":{}}}`, `{"aspects":[]}`, `{"aspects":{"a":5}}`, `{"aspects":{"a":{"required":true}}}`,
	`{"aspects":{"a":{"required":false,"description":"d","name":"n"}}}`, `{"aspects":{"a":{"required":1}}}`, `{"aspects":{"a":{"name":1}}}`,
	`{"aspects":{"a":null}}`, `{"unknown":{"deep":[1,2]},"pattern":"a"}`, `{"acl":{}}`, `{"acl":{"publish_roles":["b","a"]}}`,
	`{"acl":{"subscribe_roles":["<x>"],"notes":"n"}}`, `{"acl":{"notes":"only"}}`, `{"acl":[]}`, `{"acl":{"publish_roles":"a"}}`,
	`{"acl":{"publish_roles":[1]}}`, `{"aspects":{"a":{"payload_schema":null}}}`,
}

var schemaTexts = []string{
	`{}`, `{"type":"object"}`, `{"description":"d","enum":[1],"additionalProperties":true,"items":{},"properties":{},"required":[],"type":"array"}`,
	`{"enum":[],"required":[],"properties":{},"description":"","type":""}`, `{"additionalProperties":false}`, `{"additionalProperties":null}`,
	`{"type":null,"required":null,"properties":null,"items":null,"enum":null,"description":null}`, `{"items":{"items":{"type":"string"}}}`,
	`{"type":"object","properties":{"b":{"type":"integer"},"a":null,"<":{"enum":["<",null,true]}},"required":["b","a"]}`,
	`{"enum":[{"b":1,"a":[{"d":2,"c":null}]},[],{},"\u2028"]}`, `{"type":["string","null"]}`, `{"type":5}`, `{"required":"a"}`, `{"required":[1]}`,
	`{"properties":[]}`, `{"properties":{"a":5}}`, `{"properties":{"a":true}}`, `{"items":[]}`, `{"items":true}`, `{"additionalProperties":{}}`,
	`{"enum":5}`, `{"description":5}`, `[]`, `true`, `"x"`, `{"type":"unheard-of"}`,
}

var timeTexts = []string{
	`"2026-06-05T20:14:30.123Z"`, `"2026-06-05T20:14:30Z"`, `"2026-06-05T20:14:30.100000000Z"`, `"2026-06-05T20:14:30.123456789Z"`,
	`"2026-06-05T20:14:30.000000001Z"`, `"2026-06-05T20:14:30.1234567899Z"`, `"2026-06-05T22:14:30.5+00:00"`, `"0001-01-01T00:00:00Z"`,
	`"2024-02-29T23:59:59Z"`, `"2023-02-29T00:00:00Z"`, `"2026-06-05t20:14:30Z"`, `"2026-06-05T20:14:30z"`, `"2026-06-05T20:14:30"`,
	`"2026-06-05T20:14:30,5Z"`, `"2026-06-05T20:14:30.Z"`, `"2026-06-05T24:00:00Z"`, `"2026-06-05T20:60:00Z"`, `"2026-06-05T20:14:60Z"`,
	`"2026-06-5T20:14:30Z"`, `"26-06-05T20:14:30Z"`, `"2026-06-05 20:14:30Z"`, `"2026-06-05T20:14:30Zx"`, `""`, `null`, `5`, `"now"`,
	`"2026-13-05T20:14:30Z"`, `"2026-00-05T20:14:30Z"`, `"2026-06-00T20:14:30Z"`, `"1678-01-01T00:00:00.000000001Z"`, `"2261-12-31T23:59:59.999999999Z"`,
}

func numberTexts(r *rand.Rand) []string {
	texts := []string{
		"0", "1", "1.0", "-1", "1e0", "100e-2", "0.1", "2.50", "1e5", "1e20", "1e21", "123456789012345678901", "1.2345678901234568e20", "1e-6", "1e-7",
		"9.99e-7", "-1e-9", "1e-10", "1e-100", "1e100", "4611686018427387904", "9007199254740993", "9223372036854775807", "18446744073709551615",
		"1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "12345678901234567890.10", "0.000001", "0.0000012345", "100.25", "-0.5",
		"1e400", "3.141592653589793",
	}
	for i := 0; i < 200; i++ {
		number := math.Float64frombits(r.Uint64())
		if i%2 == 0 {
			number = (r.Float64() - 0.5) * math.Pow(10, float64(r.Intn(44)-20))
		}
		if !math.IsNaN(number) && !math.IsInf(number, 0) {
			texts = append(texts, strconv.FormatFloat(number, 'g', -1, 64))
		}
	}
	return texts
}

func shapeCases(r *rand.Rand) []shapeCase {
	var cases []shapeCase
	for _, text := range patternTexts {
		cases = append(cases, newShapeCase("pattern", text))
	}
	for _, text := range schemaTexts {
		cases = append(cases, newShapeCase("pattern", withSchema(text)))
	}
	for _, text := range numberTexts(r) {
		cases = append(cases, newShapeCase("pattern", withSchema(`{"enum":[`+text+`]}`)))
	}
	for _, text := range timeTexts {
		cases = append(cases, newShapeCase("change", withTime(text)))
		cases = append(cases, newShapeCase("snapshot", `{"patterns":[],"at":`+text+`}`))
	}
	for i := 0; i < 100; i++ {
		text, err := json.Marshal(randomSchema(r, 3))
		must(err)
		cases = append(cases, newShapeCase("pattern", withSchema(string(text))))
		full := fmt.Sprintf(`{"kind":"registered","pattern":"a","schema":%s,"at":"2026-06-05T20:14:30.%dZ"}`, withSchema(string(text)), r.Intn(1e9))
		cases = append(cases, newShapeCase("change", full))
	}
	return append(cases,
		newShapeCase("change", `{"kind":"registered","pattern":"sessions:{id}","schema":{"pattern":"sessions:{id}","version":1,"aspects":null},"at":"2026-06-05T20:14:30.123Z"}`),
		newShapeCase("change", `{"kind":"deregistered","pattern":"sessions:{id}","at":"2026-06-05T20:14:30.123Z"}`),
		newShapeCase("snapshot", `{"patterns":[{"pattern":"a","version":1,"aspects":{}},{"pattern":"b","version":2}],"at":"2026-06-05T20:14:30.123Z"}`))
}
