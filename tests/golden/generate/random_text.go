package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// Pieces that some encoder or decoder treats in its own way.
var textPieces = []string{
	"a", "Z", "0", " ", "room.42", "eight by", "eightbyte", "<", ">", "&", "\"", "\\", "/", "'", "\x00", "\x01", "\x1f", "\b",
	"\f", "\n", "\r", "\t", "\x7f", "é", "ß", "\u0080", "\u07ff", "\u0800", "\u2027", "\u2028", "\u2029", "\u202a", "\ud7ff",
	"\ue000", "\ufffd", "\uffff", "😀", "\U0010ffff", "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf",
	"\xe2", "\xe2\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5", "\xff",
}

func pick(r *rand.Rand, from []string) string { return from[r.Intn(len(from))] }

func randomText(r *rand.Rand, most int) string {
	var text strings.Builder
	for n := r.Intn(most + 1); n > 0; n-- {
		text.WriteString(pick(r, textPieces))
	}
	return text.String()
}

var (
	jsonSpaces  = []string{"", "", "", " ", "\n", "\t", "\r", " \r\n\t "}
	jsonScalars = []string{
		"null", "true", "false", "0", "-0", "-0.0", "1", "2.50", "1e5", "1E+05", "1e-400", "1e400", "9223372036854775807",
		"9223372036854775808", "-9223372036854775808", "123456789012345678901234567890.10",
	}
	// Inside a JSON string: escapes of every form, and bytes as they come.
	jsonStringPieces = []string{
		"a", "eight by", "eightbyte", "<", ">", "&", "/", "'", "\x7f", "é", "\u2027", "\u2028", "\u2029", "😀", "\xff", "\xc3", "\xe2", "\xe2\x80",
		"\xed\xa0\x80", `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`, `\u0000`, `\u001f`, `\u003c`, `\u003C`, `\u00e9`, `\u2028`,
		`\ud83d\ude00`, `\ud800`, `\udc00`, `\ud800\ud800\udc00`, `\ud800a`, `\ud800\n`, `\uFFFD`,
	}
)

func randomJSONString(r *rand.Rand, most int) string {
	var text strings.Builder
	text.WriteByte('"')
	for n := r.Intn(most + 1); n > 0; n-- {
		text.WriteString(pick(r, jsonStringPieces))
	}
	text.WriteByte('"')
	return text.String()
}

func randomJSON(r *rand.Rand, depth int) string {
	space := func() string { return pick(r, jsonSpaces) }
	kind := r.Intn(4)
	if depth == 0 {
		kind = r.Intn(2)
	}
	var members []string
	switch kind {
	case 0:
		return pick(r, jsonScalars)
	case 1:
		return randomJSONString(r, 6)
	case 2:
		for n := r.Intn(4); n > 0; n-- {
			members = append(members, space()+randomJSON(r, depth-1)+space())
		}
		if members == nil {
			return "[" + space() + "]"
		}
		return "[" + strings.Join(members, ",") + "]"
	default:
		for n := r.Intn(4); n > 0; n-- {
			members = append(members, fmt.Sprint(space(), randomJSONString(r, 2), space(), ":", space(), randomJSON(r, depth-1), space()))
		}
		if members == nil {
			return "{" + space() + "}"
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}

// spoil changes, removes or adds a few bytes.
func spoil(r *rand.Rand, text string) string {
	const marks = "\"\\{}[]:,-+.eE0159ntfu \n\x00\x1f\x7f\x80\xe2\xff"
	bytes := []byte(text)
	for n := 1 + r.Intn(2); n > 0 && len(bytes) > 0; n-- {
		at, mark := r.Intn(len(bytes)), marks[r.Intn(len(marks))]
		switch r.Intn(4) {
		case 0:
			bytes[at] = mark
		case 1:
			bytes[at] ^= 1 << r.Intn(8)
		case 2:
			bytes = append(bytes[:at], bytes[at+1:]...)
		default:
			bytes = append(bytes[:at], append([]byte{mark}, bytes[at:]...)...)
		}
	}
	return string(bytes)
}
