package inference

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// largeData is from which size on a tensor's data is not given to the JSON
// reader, which would copy it several times into memory that nobody counts.
const largeData = 4 << 10

// cutData takes the first large value of a member "data" out of a request's
// JSON. data stays where the body lies, which is counted with the uploads; rest
// is a copy with null in its place, and bounded as every other JSON.
func cutData(body []byte) (rest, data []byte, err error) {
	rest = body
	if at, end := findData(body); end-at > largeData {
		rest = append(append(append(make([]byte, 0, len(body)-(end-at)+4), body[:at]...), "null"...), body[end:]...)
		data = body[at:end:end]
	}
	if len(rest) > jsonbody.Max {
		return nil, nil, mango.Errorf(mango.TooLarge, "The request's JSON is too large: beside the tensor's data it must be less than %s.", kit.Sized(jsonbody.Max))
	}
	return rest, data, nil
}

// findData is where the first large value of a member "data" lies. It reads
// texts and brackets alone; whoever gets rest and data finds what else is wrong.
func findData(body []byte) (at, end int) {
	for i := 0; i < len(body); {
		if body[i] != '"' {
			i++
			continue
		}
		close := jsonbody.TextEnd(body, i)
		value := skipBlanks(body, close)
		if string(body[i:close]) != `"data"` || value >= len(body) || body[value] != ':' {
			i = close
			continue
		}
		at = skipBlanks(body, value+1)
		if end = valueEnd(body, at); end-at > largeData {
			return at, end
		}
		i = end
	}
	return 0, 0
}

// valueEnd is behind the value that begins at i.
func valueEnd(body []byte, i int) int {
	depth := 0
	for i < len(body) {
		switch body[i] {
		case '"':
			if i = jsonbody.TextEnd(body, i); depth == 0 {
				return i
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(body)
}

func skipBlanks(body []byte, i int) int {
	for i < len(body) && bytes.IndexByte([]byte(" \t\r\n"), body[i]) >= 0 {
		i++
	}
	return i
}

var errNoText = errors.New("not one text")

// photoText decodes the one base64 text of a JSON list where it lies: the photo
// takes the place of the text, which is longer.
func photoText(data []byte) ([]byte, error) {
	list := bytes.TrimSpace(data)
	if len(list) < 4 || list[0] != '[' || list[len(list)-1] != ']' {
		return nil, errNoText
	}
	text := bytes.TrimSpace(list[1 : len(list)-1])
	if len(text) < 2 || text[0] != '"' || jsonbody.TextEnd(text, 0) != len(text) || text[len(text)-1] != '"' {
		return nil, errNoText
	}
	text, err := unescape(text[1 : len(text)-1])
	if err != nil {
		return nil, err
	}
	from := base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text))
	n := 0
	for {
		// What is written stays behind what the decoder has read.
		got, err := from.Read(text[n:])
		n += got
		if err == io.EOF {
			return text[:n:n], nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot decode base64: %w", err)
		}
	}
}

// unescape undoes, in place, what JSON writers do to base64: some write a slash
// as \/, and + as \u002b.
func unescape(text []byte) ([]byte, error) {
	first := bytes.IndexByte(text, '\\')
	if first < 0 {
		return text, nil
	}
	out := text[:first]
	for i := first; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		if i++; i == len(text) {
			return nil, errNoText
		}
		switch text[i] {
		case '/':
			out = append(out, '/')
		case 'n', 'r': // base64 in lines
		case 'u':
			if i+4 >= len(text) {
				return nil, errNoText
			}
			code, err := strconv.ParseUint(string(text[i+1:i+5]), 16, 7)
			if err != nil {
				return nil, errNoText
			}
			out = append(out, byte(code))
			i += 4
		default:
			return nil, errNoText
		}
	}
	return out, nil
}

// numbers are the values of a tensor of n; not ok: it is none.
func numbers(data []byte, n int) ([]byte, bool) {
	if !json.Valid(data) {
		return nil, false
	}
	return flatten(data, n)
}
