package jsonbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"mangosense/server/internal/mango"
)

// Broken is what is said of a body that is no JSON object, where the contract gives
// no other sentence.
const Broken = "Invalid JSON data"

// NotCompressed is what is said of a body that is compressed.
const NotCompressed = "Compressed bodies are not read. Send the body without Content-Encoding."

const notUTF8 = "Send JSON in UTF-8."

// Parse reads a JSON object into the struct or map that into points to. Keys that a
// struct does not name are left out. An error is Invalid, names the field where one is
// wrong, and repeats nothing that was sent; it says broken where the body is no JSON
// object.
func Parse(body []byte, into any, broken string) error {
	if !utf8.Valid(body) {
		return mango.Errorf(mango.Invalid, "%s", broken)
	}
	if err := standard.check(body); err != nil {
		return err
	}
	if !isObject(body) {
		return mango.Errorf(mango.Invalid, "%s", broken)
	}
	err := json.Unmarshal(body, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return wrongField(wrong)
	default:
		return mango.Wrap(mango.Invalid, err, broken)
	}
}

// wrongField says what a field must be.
func wrongField(e *json.UnmarshalTypeError) error {
	want := "of another type"
	switch e.Type.Kind() {
	case reflect.String:
		want = "text"
	case reflect.Bool:
		want = "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		want = "a whole number"
		if strings.HasPrefix(e.Value, "number -") && e.Type.Kind() != reflect.Int && e.Type.Kind() != reflect.Int64 {
			want = "a whole number, not less than zero"
		}
	case reflect.Float32, reflect.Float64:
		want = "a number"
	case reflect.Slice, reflect.Array:
		want = "a list"
	case reflect.Struct, reflect.Map:
		want = "an object"
	}
	field := e.Field
	if field == "" {
		return mango.Wrap(mango.Invalid, errors.New("not an object"), Broken)
	}
	return &mango.Error{
		Code: mango.Invalid, Public: fmt.Sprintf("%s must be %s.", field, want),
		Fields: []string{fmt.Sprintf("%s: must be %s", field, want)},
		Cause:  errors.New("a field of the wrong type"),
	}
}

// Text is a JSON body in a named charset, or in none, as UTF-8 without the mark that editors of Windows put
// before it. Other encodings are refused by name, never guessed.
func Text(charset string, body []byte) ([]byte, error) {
	charset = strings.ToLower(charset)
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b")):
		return nil, mango.Errorf(mango.WrongType, NotCompressed)
	case wide(body):
		return nil, mango.Errorf(mango.WrongType, notUTF8)
	case charset == "" || charset == "utf-8" || charset == "utf8":
		return body, nil
	case !ascii(body) || strings.HasPrefix(charset, "utf-"):
		return nil, mango.Errorf(mango.WrongType, notUTF8)
	}
	return body, nil // the letters that all of them share
}

// wide reports whether a text begins as JSON in UTF-16 or UTF-32 does: with
// their mark, or with a zero byte among the first two (RFC 4627, 3).
func wide(body []byte) bool {
	return bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) ||
		len(body) >= 2 && (body[0] == 0) != (body[1] == 0) || bytes.HasPrefix(body, []byte("\x00\x00\x00"))
}

func ascii(body []byte) bool {
	for _, c := range body {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
