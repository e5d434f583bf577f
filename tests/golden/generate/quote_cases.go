package main

import (
	"strconv"
	"unicode"
)

// quoteCase is a text as %q prints it.
type quoteCase struct {
	Text   raw `json:"text"`
	Quoted raw `json:"quoted"`
}

func quoteCases() []quoteCase {
	texts := []string{""}
	for _, piece := range textPieces {
		// A code point that is not assigned yet prints in gapless, which carries no table of those.
		if piece != "\ud7ff" {
			texts = append(texts, piece)
		}
	}
	// The ends of every range of controls, spaces, marks without a shape and private characters.
	for _, table := range []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Z, unicode.Co} {
		for _, span := range table.R16 {
			texts = append(texts, "a"+string(rune(span.Lo)), string(rune(span.Hi))+"z")
		}
		for _, span := range table.R32 {
			texts = append(texts, "a"+string(rune(span.Lo)), string(rune(span.Hi))+"z")
		}
	}
	var cases []quoteCase
	for _, text := range texts {
		cases = append(cases, quoteCase{raw(text), raw(strconv.Quote(text))})
	}
	return cases
}
