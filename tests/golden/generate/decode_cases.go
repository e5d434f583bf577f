package main

import (
	"fmt"
	"math/rand"
	"strings"
)

type decodeCase struct {
	Bytes       raw          `json:"bytes"`
	Read        *decodedCase `json:"read"` // null: Go refuses
	OneSpelling bool         `json:"one_spelling"`
}

type decodedCase struct {
	Channel        raw   `json:"channel"`
	Sequence       int64 `json:"sequence"`
	ProducerID     raw   `json:"producer_id"`
	ProducerKind   raw   `json:"producer_kind"`
	Aspect         raw   `json:"aspect"`
	SchemaRef      raw   `json:"schema_ref"`
	ParentChannel  raw   `json:"parent_channel"`
	ParentSequence int64 `json:"parent_sequence"`
	Payload        raw   `json:"payload"`
	ProducedAtMs   int64 `json:"produced_at_ms"`
}

func newDecodeCase(text string) decodeCase {
	c := decodeCase{Bytes: raw(text)}
	e, err := decode([]byte(text))
	if err != nil {
		return c
	}
	c.OneSpelling = oneSpelling([]byte(text))
	c.Read = &decodedCase{
		Channel: raw(e.Channel), Sequence: e.Sequence, ProducerID: raw(e.Producer.ID), ProducerKind: raw(e.Producer.Kind),
		Aspect: raw(e.Aspect), SchemaRef: raw(e.SchemaRef), ParentChannel: raw(e.Causation.ParentChannel),
		ParentSequence: e.Causation.ParentSequence, Payload: raw(e.Payload), ProducedAtMs: e.ProducedAt.UnixMilli(),
	}
	return c
}

// Whole texts: one for each thing that a decoder may do in its own way.
var decodeTexts = []string{
	`{}`, `null`, ` null `, `{ }`, "\t\r\n {\"sequence\":1}\n ", `[]`, `"x"`, `5`, `true`, ``, ` `, "\xef\xbb\xbf{}", `{}x`, `{} {}`, `{}]`,
	`{`, `}`, `{]`, `{"channel"}`, `{"channel":}`, `{"channel":"a",}`, `{,}`, `{"a":1 "b":2}`, `{'channel':"a"}`, `{channel:"a"}`, `nul`, `nulll`,
	`Null`, `{"channel":"a"`, `{"channel":"a`, "{\"channel\":\"a\nb\"}", "{\"channel\":\"a\x00b\"}", "\x0b{}", "\x0c{}", "\u00a0{}",
	`{"SEQUENCE":1}`, `{"Channel":"a"}`, `{"sequence":1,"SEQUENCE":2}`, `{"producer":{"ID":"a"}}`, `{"Producer":{"id":"a"}}`,
	`{"causation":{"PARENT_SEQUENCE":2}}`, "{\"\u017fequence\":3}", "{\"a\u017fpect\":\"x\"}", "{\"producer\":{\"\u212aind\":\"user\"}}",
	`{"\u017fequence":3}`, `{"\u0073equence":4}`, `{"producer":{"\u006bind":"agent"}}`, `{"sequence ":1}`, `{"":1}`, `{"sequence\u0000":1}`,
	`{"x":{"channel":"a","channel":"b"}}`, `{"payload":{"channel":"a","channel":"b"}}`, `{"x":1,"x":2}`, `{"produced_At":"nonsense","x":"y"}`,
	`{"sequence":1,"sequence":2}`, `{"sequence":1,"sequence":null}`, `{"channel":"a","channel":"b"}`, `{"payload":1,"payload":2}`,
	`{"producer":{"id":"a"},"producer":{"kind":"user"}}`, `{"producer":{"id":"a","id":"b"}}`, `{"causation":{},"causation":{"parent_sequence":1}}`,
	`{"produced_at":"nonsense","produced_at":"2026-05-27T14:22:09Z"}`, `{"produced_at":"2026-05-27T14:22:09Z","produced_at":""}`,
	`{"producer":{},"Producer":{}}`, `{"sequence":"5","sequence":5}`,
	`{"channel":null,"sequence":null,"producer":null,"aspect":null,"schema_ref":null,"causation":null,"payload":null,"produced_at":null}`,
	`{"producer":{"id":null,"kind":null}}`, `{"causation":{"parent_channel":null,"parent_sequence":null}}`, `{"payload":null}`, `{"payload": null }`,
	`{"producer":{}}`, `{"causation":{}}`, `{"producer":{"x":[{}],"id":"a"}}`, `{"causation":{"x":1,"parent_channel":"a"}}`,
	`{"channel":5}`, `{"channel":{}}`, `{"channel":[]}`, `{"channel":true}`, `{"aspect":1}`, `{"schema_ref":false}`, `{"producer":"x"}`, `{"producer":[]}`,
	`{"producer":5}`, `{"producer":{"id":5}}`, `{"producer":{"kind":5}}`, `{"causation":"x"}`, `{"causation":[]}`, `{"causation":{"parent_channel":1}}`,
	`{"causation":{"parent_sequence":"1"}}`, `{"produced_at":5}`, `{"produced_at":{}}`, `{"produced_at":true}`,
	`{"producer":{"kind":"User"}}`, `{"producer":{"kind":"robot"}}`, `{"producer":{"kind":"user "}}`, `{"producer":{"kind":""}}`,
	`{"payload":}`, `{"payload":1 }`, `{"payload":  [ 1 , { "a" : null } ]  }`, `{"payload":"a\u2028<b>"}`, "{\"payload\":\"\xff\xed\xa0\x80\"}",
	`{"payload":"\ud800"}`, `{"payload":1e400}`, `{"payload":01}`, `{"payload":1.}`, `{"payload":.5}`, `{"payload":-}`, `{"payload":+1}`, `{"payload":1e}`,
	`{"payload":1e+}`, `{"payload":0x1}`, `{"payload":NaN}`, `{"payload":Infinity}`, `{"payload":tru}`, `{"payload":truex}`, `{"payload":falsee}`,
	`{"payload":[1,]}`, `{"payload":[,1]}`, `{"payload":[1 2]}`, `{"payload":{"a"}}`, `{"payload":{"a":1,}}`, `{"payload":{1:2}}`, `{"payload":[}`, `{"payload":{]}`,
	`{"payload":"\x"}`, `{"payload":"\u12g4"}`, `{"payload":"\u12"}`, `{"payload":"\U0001"}`, "{\"payload\":\"\t\"}", "{\"payload\":\"\x1f\"}", "{\"payload\":\"\x7f\"}",
	`{"payload":"\"}`, `{"payload":'a'}`, `{"payload":/*c*/1}`, "{\"payload\":1//c\n}", `{"payload":[[[[[[[[[[]]]]]]]]]]}`, `{"x":[}`, `{"x":tru}`,
	`{"aspect":"\u0000"}`, `{"aspect":"\ud83d\ude00"}`, `{"aspect":"\ud83d"}`, `{"aspect":"\ud83dx"}`, `{"aspect":"\ude00"}`, `{"aspect":"\ud83d\ud83d\ude00"}`,
	`{"aspect":"\ud83d\n"}`, `{"aspect":"\ud83d\u"}`, `{"aspect":"\ud83d\u0041"}`, `{"aspect":"\uD83D\uDE00"}`, `{"aspect":"\/\b\f\n\r\t\"\\"}`,
	"{\"aspect\":\"\xff\"}", "{\"aspect\":\"a\xed\xa0\x80b\"}", "{\"aspect\":\"\xe2\x80\"}", "{\"aspect\":\"\xf4\x90\x80\x80\"}", "{\"aspect\":\"\xc0\x80\"}",
	"{\"aspect\":\"\u2028\u2029<>&\"}", "{\"\xff\":1}", "{\"aspect\xff\":1}",
	`{"produced_at":""}`, `{"produced_at":"2026-05-27T14:22:09.331Z"}`, `{"produced_at":"2026-05-27T14:22:09.3319999999+02:00"}`,
	`{"produced_at":"2026\u002d05-27T14:22:09Z"}`, `{"produced_at":"nonsense"}`, `{"produced_at":" "}`, `{"produced_at":"0001-01-01T00:00:00Z"}`,
	`{"sequence":2,"produced_at":"nonsense"}`,
}

var sequenceTexts = []string{
	"0", "-0", "1", "-5", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "5.0", "5.", "1e3", "1E3", "1e0",
	`"5"`, `""`, "true", "[]", "[1]", "{}", "+5", "05", "-", "--5", "0x5", "99999999999999999999999999", " 7 ", "1_000", "NaN",
}

func decodeCases(r *rand.Rand) []decodeCase {
	texts := append([]string{}, decodeTexts...)
	for _, number := range sequenceTexts {
		texts = append(texts, `{"sequence":`+number+`}`, `{"causation":{"parent_sequence":`+number+`}}`)
	}
	for range 80 {
		out, err := encode(randomEnvelope(r))
		if err != nil {
			continue
		}
		texts = append(texts, string(out), spoil(r, string(out)))
	}
	for range 150 {
		text := foreignText(r)
		texts = append(texts, text, spoil(r, text))
	}
	var cases []decodeCase
	for _, text := range texts {
		cases = append(cases, newDecodeCase(text))
	}
	return cases
}

// foreignText is an envelope as another encoder might write it: keys in any order, some missing, some unknown, some
// twice, space everywhere.
func foreignText(r *rand.Rand) string {
	space := func() string { return pick(r, jsonSpaces) }
	member := func(key, value string) string {
		return fmt.Sprint(space(), `"`, key, `"`, space(), ":", space(), value, space())
	}
	object := func(members ...string) string {
		r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		return "{" + strings.Join(members[:len(members)-r.Intn(2)], ",") + "}"
	}
	members := []string{
		member("channel", randomJSONString(r, 3)),
		member("sequence", pick(r, []string{"0", "1", "17", "-3", "9223372036854775807", "null"})),
		member("producer", object(member("id", randomJSONString(r, 2)), member("kind", pick(r, []string{`"user"`, `"agent"`, `"x"`})))),
		member("aspect", randomJSONString(r, 2)),
		member("schema_ref", randomJSONString(r, 2)),
		member("causation", object(member("parent_channel", randomJSONString(r, 2)), member("parent_sequence", "4"))),
		member("payload", randomJSON(r, 3)),
		member("produced_at", pick(r, []string{`""`, "null", `"2026-05-27T14:22:09.331Z"`, `"2024-02-29T1:00:00,5+02:00"`})),
		member("x"+pick(r, []string{"", "1", "channel"}), randomJSON(r, 2)),
	}
	if r.Intn(8) == 0 {
		members = append(members, members[r.Intn(len(members))])
	}
	if r.Intn(8) == 0 {
		members = append(members, member(pick(r, []string{"Channel", "ASPECT", "payLoad"}), `"other"`))
	}
	return space() + object(members...) + space()
}
