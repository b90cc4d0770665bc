package jsonbody

import (
	"bytes"
	"fmt"

	"mangosense/server/internal/mango"
)

// Max is the longest JSON body, in bytes.
const Max = 256 << 10

// bounds are what a JSON text may make a parser build. They are checked on
// the bytes, before anything is built: lists of empty lists take twenty times
// the memory of their text, and a number of 100,000 digits a second to read.
type bounds struct {
	depth  int // of nesting
	values int // keys and entries of lists, together
	number int // characters of a number
	text   int // bytes of a string, as it is written
}

// standard is for every body; a tensor's data is cut out before it is checked. The
// longest list that clients send has a thousand ids.
var standard = bounds{depth: 16, values: 2000, number: 64, text: 64 << 10}

// Limit says so in docs/limits.md.
var Limit = mango.Limit{Of: "a JSON body", Bound: fmt.Sprintf("%d KB, %d levels, %d keys and list entries, %d KB a text, %d characters a number", Max>>10, standard.depth, standard.values, standard.text>>10, standard.number), Then: "413 above the size, else 400, before anything is built of it"}

// The sentences for what is passed.
const (
	tooDeep   = "The JSON data is nested too deeply."
	tooMany   = "The JSON data has too many fields."
	tooNumber = "The JSON data has a number that is too long."
	tooText   = "The JSON data has a text that is too long."
)

// check walks the bytes once and builds nothing. It is no parser: of a text
// that is no JSON it says only that it stays within the bounds.
func (b bounds) check(text []byte) error {
	depth, values, number := 0, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := TextEnd(text, i)
			if end-i > b.text {
				return mango.Errorf(mango.Invalid, tooText)
			}
			i = end - 1
		case '[', '{':
			if depth++; depth > b.depth {
				return mango.Errorf(mango.Invalid, tooDeep)
			}
			values++ // its first entry, or the empty list's own cost
		case ']', '}':
			depth--
		case ',':
			values++
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '-', '+', 'e', 'E':
			if number++; number > b.number {
				return mango.Errorf(mango.Invalid, tooNumber)
			}
			continue
		}
		number = 0
		if values > b.values {
			return mango.Errorf(mango.Invalid, tooMany)
		}
	}
	return nil
}

// isObject reports whether a JSON text is an object, if it is valid.
func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
}

// TextEnd is behind the closing quote of the text that begins at i.
func TextEnd(body []byte, i int) int {
	for i++; i < len(body); {
		n := bytes.IndexAny(body[i:min(i+64, len(body))], `"\`)
		if n < 0 {
			i = min(i+64, len(body))
			continue
		}
		if i += n; body[i] == '"' {
			return i + 1
		}
		i += 2
	}
	return len(body)
}
