package main

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand"
	"time"
)

type encodeCase struct {
	Channel        raw    `json:"channel"`
	Sequence       int64  `json:"sequence"`
	ProducerID     raw    `json:"producer_id"`
	ProducerKind   raw    `json:"producer_kind"`
	Aspect         raw    `json:"aspect"`
	SchemaRef      raw    `json:"schema_ref"`
	ParentChannel  raw    `json:"parent_channel"`
	ParentSequence int64  `json:"parent_sequence"`
	Payload        raw    `json:"payload"`
	ProducedAtMs   int64  `json:"produced_at_ms"`
	Bytes          raw    `json:"bytes"`
	Error          string `json:"error,omitempty"` // "payload" or "size"
}

func newEncodeCase(e envelope) encodeCase {
	c := encodeCase{
		Channel: raw(e.Channel), Sequence: e.Sequence, ProducerID: raw(e.Producer.ID), ProducerKind: raw(e.Producer.Kind),
		Aspect: raw(e.Aspect), SchemaRef: raw(e.SchemaRef), ParentChannel: raw(e.Causation.ParentChannel),
		ParentSequence: e.Causation.ParentSequence, Payload: raw(e.Payload), ProducedAtMs: e.ProducedAt.UnixMilli(),
	}
	out, err := encode(e)
	switch {
	case errors.Is(err, errTooLarge):
		c.Error = "size"
	case err != nil:
		c.Error = "payload"
	default:
		c.Bytes = raw(out)
	}
	return c
}

func randomEnvelope(r *rand.Rand) envelope {
	sequences := []int64{0, 1, 2, 10, -1, math.MaxInt64, math.MinInt64, r.Int63()}
	firstMs := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMs := time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC).UnixMilli()
	e := envelope{
		Channel: randomText(r, 4), Sequence: sequences[r.Intn(len(sequences))],
		ProducedAt: time.UnixMilli(firstMs + r.Int63n(lastMs-firstMs+1)),
		Producer:   producer{randomText(r, 4), pick(r, []string{"", "user", "agent", "service"})},
		Aspect:     randomText(r, 3),
	}
	if r.Intn(2) == 0 {
		e.SchemaRef = randomText(r, 3)
	}
	if r.Intn(2) == 0 {
		e.Causation = causation{randomText(r, 2), sequences[r.Intn(len(sequences))]}
	}
	if r.Intn(4) != 0 {
		e.Payload = json.RawMessage(pick(r, jsonSpaces) + randomJSON(r, 3) + pick(r, jsonSpaces))
	}
	return e
}

func encodeCases(r *rand.Rand) []encodeCase {
	var cases []encodeCase
	for _, piece := range textPieces {
		e := envelope{Channel: "x" + piece + "y", Aspect: piece + "eightbytes", ProducedAt: time.UnixMilli(0)}
		cases = append(cases, newEncodeCase(e))
	}
	for _, piece := range jsonStringPieces {
		cases = append(cases, newEncodeCase(envelope{Payload: json.RawMessage(`{"` + piece + `":"eightbytes` + piece + `z"}`)}))
	}
	for range 150 {
		cases = append(cases, newEncodeCase(randomEnvelope(r)))
	}
	for len(cases) < 400 {
		e := randomEnvelope(r)
		e.Payload = json.RawMessage(spoil(r, randomJSON(r, 3)))
		if len(e.Payload) > 0 {
			cases = append(cases, newEncodeCase(e))
		}
	}
	return cases
}
