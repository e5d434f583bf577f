// Command generate writes the golden files of the schema registry from Go's own encoding/json, time and reflect.
// Run it in its folder: go run . ../schema
package main

import (
	"bufio"
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func writeLines[T any](path string, cases []T) {
	file, err := os.Create(path)
	must(err)
	out := bufio.NewWriter(file)
	enc := json.NewEncoder(out)
	for _, c := range cases {
		must(enc.Encode(c))
	}
	must(out.Flush())
	must(file.Close())
}

func main() {
	folder := os.Args[1]
	// One fixed seed per file: the files change only when their cases do.
	writeLines(filepath.Join(folder, "go_shapes.jsonl"), shapeCases(rand.New(rand.NewSource(1))))
	writeLines(filepath.Join(folder, "go_subset.jsonl"), subsetCases(rand.New(rand.NewSource(2))))
}
