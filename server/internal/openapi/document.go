package openapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
)

//go:embed spec/*.json
var files embed.FS

type object = map[string]any

// source is one file of spec/.
type source struct {
	Schemas    object            `json:"schemas"`
	Parameters object            `json:"parameters"`
	Paths      map[string]object `json:"paths"`
}

// Document is the whole description as JSON. The caller must not change it.
func Document() []byte { return made().document }

// Page is the description as one HTML page. The caller must not change it.
func Page() []byte { return made().page }

// DocumentGzip and PageGzip are the same, compressed once.
func DocumentGzip() []byte { return made().documentGzip }

// PageGzip: see DocumentGzip.
func PageGzip() []byte { return made().pageGzip }

// PageStyle is the digest of the page's style, as a Content-Security-Policy
// names it.
func PageStyle() string { return made().style }

type rendered struct {
	document, page         []byte
	documentGzip, pageGzip []byte
	style                  string
}

// made is built at the first use. What it reads is compiled in and checked by
// the tests, so a fault in it is a fault of this program.
var made = sync.OnceValue(func() rendered {
	root, err := build()
	if err != nil {
		panic(err)
	}
	document, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	page, err := render(root)
	if err != nil {
		panic(err)
	}
	_, style, _ := bytes.Cut(page, []byte("<style>"))
	style, _, _ = bytes.Cut(style, []byte("</style>"))
	digest := sha256.Sum256(style)
	return rendered{document, page, squeezed(document), squeezed(page), "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"}
})

// squeezed is text as gzip, as small as it gets.
func squeezed(text []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // the level is one, and memory takes every byte
	}
	return b.Bytes()
}

// build reads spec/ and spells it out.
func build() (object, error) {
	var root object
	if err := read("spec/root.json", &root); err != nil {
		return nil, err
	}
	components, ok := root["components"].(object)
	if !ok {
		return nil, fmt.Errorf("cannot build the description: root.json has no components")
	}
	schemas, parameters, paths := object{}, object{}, object{}
	entries, err := files.ReadDir("spec")
	if err != nil {
		return nil, fmt.Errorf("cannot list the description: %w", err)
	}
	for _, e := range entries {
		if e.Name() == "root.json" {
			continue
		}
		var s source
		if err := read("spec/"+e.Name(), &s); err != nil {
			return nil, err
		}
		maps.Copy(schemas, s.Schemas)
		maps.Copy(parameters, s.Parameters)
		for path, item := range s.Paths {
			if paths[path] != nil {
				return nil, fmt.Errorf("cannot build the description: %s stands twice", path)
			}
			for method, operation := range item {
				if item[method], err = spellOut(path, method, operation); err != nil {
					return nil, fmt.Errorf("cannot build the description of %s %s: %w", method, path, err)
				}
			}
			paths[path] = item
		}
	}
	for name, schema := range schemas {
		schemas[name] = reference(schema)
	}
	components["schemas"], components["parameters"] = schemas, parameters
	root["paths"] = paths
	return root, nil
}

func read(name string, into any) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("cannot read the description: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("cannot read the description's %s: %w", name, err)
	}
	return nil
}

// reference turns names of schemas, wherever a schema may stand, into
// references.
func reference(schema any) any {
	switch s := schema.(type) {
	case string:
		return object{"$ref": "#/components/schemas/" + s}
	case object:
		for _, key := range []string{"items", "additionalProperties", "contains"} {
			if v, ok := s[key]; ok {
				if _, isBool := v.(bool); !isBool {
					s[key] = reference(v)
				}
			}
		}
		for _, key := range []string{"anyOf", "oneOf", "allOf"} {
			if list, ok := s[key].([]any); ok {
				for i := range list {
					list[i] = reference(list[i])
				}
			}
		}
		if properties, ok := s["properties"].(object); ok {
			for name := range properties {
				properties[name] = reference(properties[name])
			}
			closeObject(s, properties)
		}
		return s
	}
	return schema
}

// closeObject makes an object strict unless it says otherwise: all of its
// properties are there and no others, so that a test finds what an answer has
// lost or gained.
func closeObject(s, properties object) {
	if _, ok := s["additionalProperties"]; !ok {
		s["additionalProperties"] = false
	}
	optional := map[string]bool{}
	if list, ok := s["optional"].([]any); ok {
		for _, name := range list {
			optional[fmt.Sprint(name)] = true
		}
		delete(s, "optional")
	}
	if _, ok := s["required"]; ok {
		return
	}
	required := []string{}
	for _, name := range sorted(properties) {
		if !optional[name] {
			required = append(required, name)
		}
	}
	if len(required) > 0 {
		s["required"] = required
	}
}

// operationID is "getApiHistory" for GET /api/history/.
func operationID(method, path string) string {
	var b strings.Builder
	b.WriteString(method)
	for _, word := range strings.FieldsFunc(path, func(c rune) bool { return strings.ContainsRune("/{}-._*:", c) }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	if b.Len() == len(method) {
		b.WriteString("Root")
	}
	return b.String()
}
