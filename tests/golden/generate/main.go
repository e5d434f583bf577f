// Command generate writes the golden files of the envelope from Go's own encoding/json and time packages.
// Run it in its folder: go run . ../envelope
package main

import (
	"bufio"
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
)

// One fixed seed per file: the files change only when their cases do.
func newRandom(seed int64) *rand.Rand { return rand.New(rand.NewSource(seed)) }

// raw holds bytes, not text, as a JSON string with one character U+0000 to U+00FF per byte: any byte can be kept
// and most cases can be read.
type raw string

func (r raw) MarshalJSON() ([]byte, error) {
	var text strings.Builder
	for i := 0; i < len(r); i++ {
		text.WriteRune(rune(r[i]))
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text.String()); err != nil {
		return nil, err
	}
	return []byte(asciiOnly(strings.TrimSuffix(out.String(), "\n"))), nil
}

// asciiOnly escapes what is left above 0x7E, so that no editor or terminal changes the file.
func asciiOnly(text string) string {
	const hex = "0123456789abcdef"
	var out strings.Builder
	for _, r := range text {
		if r < 0x7F {
			out.WriteRune(r)
			continue
		}
		out.WriteString(`\u00`)
		out.WriteByte(hex[r>>4])
		out.WriteByte(hex[r&15])
	}
	return out.String()
}

func writeLines[T any](path string, cases []T) {
	file, err := os.Create(path)
	must(err)
	out := bufio.NewWriter(file)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, c := range cases {
		must(enc.Encode(c))
	}
	must(out.Flush())
	must(file.Close())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	folder := os.Args[1]
	for name, e := range goldenVectors() {
		out, err := encode(e)
		must(err)
		must(os.WriteFile(filepath.Join(folder, name+".json"), out, 0o644))
	}
	writeLines(filepath.Join(folder, "go_encode.jsonl"), encodeCases(newRandom(1)))
	writeLines(filepath.Join(folder, "go_decode.jsonl"), decodeCases(newRandom(2)))
	writeLines(filepath.Join(folder, "go_times.jsonl"), timeCases(newRandom(3)))
	writeLines(filepath.Join(folder, "go_quote.jsonl"), quoteCases())
}
