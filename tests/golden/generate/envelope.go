package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// A stand-in for Parsec's envelope: the same keys, order, omission rules and two-step marshalling, so that
// everything that reaches the wire is the work of Go's own encoding/json and time.

const (
	wireTime        = "2006-01-02T15:04:05.000Z"
	maxEnvelopeSize = 65536
)

var errTooLarge = errors.New("too large")

type producer struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

type causation struct {
	ParentChannel  string `json:"parent_channel,omitempty"`
	ParentSequence int64  `json:"parent_sequence,omitempty"`
}

type envelope struct {
	Channel    string          `json:"channel"`
	Sequence   int64           `json:"sequence"`
	ProducedAt time.Time       `json:"produced_at"`
	Producer   producer        `json:"producer"`
	Aspect     string          `json:"aspect"`
	SchemaRef  string          `json:"schema_ref,omitempty"`
	Causation  causation       `json:"causation,omitzero"`
	Payload    json.RawMessage `json:"payload,omitempty"`
}

// plain has no methods of its own, so that marshalling it does not come back here.
type plain envelope

func (e envelope) MarshalJSON() ([]byte, error) {
	// The outer time is shallower than the embedded one and hides it; its place is behind all embedded fields.
	return json.Marshal(struct {
		plain
		ProducedAt string `json:"produced_at"`
	}{plain(e), e.ProducedAt.UTC().Format(wireTime)})
}

func (e *envelope) UnmarshalJSON(data []byte) error {
	wire := struct {
		*plain
		ProducedAt string `json:"produced_at"`
	}{plain: (*plain)(e)}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	if wire.ProducedAt == "" {
		return nil
	}
	at, err := parseTime(wire.ProducedAt)
	e.ProducedAt = at
	return err
}

func parseTime(text string) (time.Time, error) {
	if at, err := time.Parse(wireTime, text); err == nil {
		return at, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

func encode(e envelope) ([]byte, error) {
	out, err := json.Marshal(e)
	if err == nil && len(out) > maxEnvelopeSize {
		err = errTooLarge
	}
	return out, err
}

func decode(data []byte) (envelope, error) {
	var e envelope
	err := json.Unmarshal(data, &e)
	return e, err
}

// oneSpelling says whether every known key of a decodable text is spelled exactly and appears once: gapless refuses
// the rest, which Go's decoder reads.
func oneSpelling(data []byte) bool {
	return knownKeysOnce(data, map[string][]string{
		"channel": nil, "sequence": nil, "producer": {"id", "kind"}, "aspect": nil, "schema_ref": nil,
		"causation": {"parent_channel", "parent_sequence"}, "payload": nil, "produced_at": nil,
	})
}

func knownKeysOnce(object []byte, known map[string][]string) bool {
	dec := json.NewDecoder(bytes.NewReader(object))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return true // null
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			panic(err)
		}
		key := token.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			panic(err)
		}
		for name, members := range known {
			if !foldsTo(key, name) {
				continue
			}
			if key != name || seen[name] {
				return false
			}
			seen[name] = true
			inner := map[string][]string{}
			for _, member := range members {
				inner[member] = nil
			}
			if members != nil && !knownKeysOnce(value, inner) {
				return false
			}
		}
	}
	return true
}

func foldsTo(key, name string) bool { return bytes.EqualFold([]byte(key), []byte(name)) }
