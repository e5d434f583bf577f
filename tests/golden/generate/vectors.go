package main

import (
	"encoding/json"
	"math"
	"time"
)

// goldenVectors are the inputs of G1 to G17.
func goldenVectors() map[string]envelope {
	at := time.Date(2026, 5, 27, 14, 22, 9, 331_000_000, time.UTC)
	base := func(change func(*envelope)) envelope {
		e := envelope{Channel: "public:app.domain.id.topic", Sequence: 1, ProducedAt: at,
			Producer: producer{"u-1", "user"}, Aspect: "data"}
		change(&e)
		return e
	}
	payload := func(text string) func(*envelope) {
		return func(e *envelope) { e.Payload = json.RawMessage(text) }
	}
	dataRef, err := json.Marshal(struct {
		URL         string `json:"url"`
		SizeBytes   int64  `json:"size_bytes"`
		ContentHash string `json:"content_hash,omitempty"`
	}{"https://cdn.example.com/x?a=1&b=2", 1048576, "sha256:ab"})
	must(err)
	return map[string]envelope{
		"G1": base(func(*envelope) {}),
		"G2": base(func(e *envelope) {
			e.SchemaRef = "sessions:s_19:envelope/v1"
			e.Payload = json.RawMessage(`{"hello":"world"}`)
		}),
		"G3": base(func(e *envelope) {
			e.Sequence, e.Producer, e.Aspect = 42, producer{"svc-1", "service"}, "child"
			e.Causation = causation{"public:app.domain.id.topic", 41}
			e.Payload = json.RawMessage(`{}`)
		}),
		"G4":  base(func(e *envelope) { e.Causation = causation{ParentChannel: "public:a.b"} }),
		"G5":  base(func(e *envelope) { e.Causation = causation{ParentSequence: 7} }),
		"G6":  base(payload(" {\n  \"a\" : [ 1 , 2.50, 1e5 ],\t\"b\":null }\r\n")),
		"G7":  base(payload("{\"html\":\"<b>&'x'</b>\",\"sep\":\"\u2028\u2029\",\"emoji\":\"😀\",\"slash\":\"/\"}")),
		"G8":  base(func(e *envelope) { e.Producer.ID, e.Aspect = "a<b>&\"\\/\t\x01é\u2028", "x\xff" }),
		"G9":  base(payload(`null`)),
		"G10": base(func(e *envelope) { e.Producer.Kind, e.Payload = "agent", json.RawMessage(`"hi"`) }),
		"G11": base(func(e *envelope) {
			e.ProducedAt = time.Date(2026, 5, 27, 16, 22, 9, 331_999_999, time.FixedZone("", 2*60*60))
		}),
		"G12": base(func(e *envelope) {
			e.Sequence, e.ProducedAt = math.MaxInt64, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		}),
		"G13": base(payload(`{"b":1,"a":2,"b":3,"n":12345678901234567890.10}`)),
		"G14": base(func(e *envelope) { e.Aspect, e.Payload = "data_ref", dataRef }),
		"G15": base(func(e *envelope) {
			e.Channel, e.Payload = "public:app.domain", json.RawMessage(`[true,false,0,-0.0,"\u003c\/\u00e9"]`)
		}),
		"G16": {},
		"G17": base(func(e *envelope) {
			e.Channel, e.Sequence = "private:agent.analysis.abc123.progress", 7
			e.Producer, e.Aspect, e.SchemaRef = producer{"planner", "agent"}, "progress", "v2"
			e.Causation = causation{"private:agent.analysis.abc123.progress", 6}
			e.Payload = json.RawMessage(`{"pct":12.5,"note":"ok"}`)
		}),
	}
}
