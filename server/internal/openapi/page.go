package openapi

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// What the page shows.
type (
	pageData struct {
		Title, Summary, Description, Version string
		Groups                               []pageGroup
		Schemas                              []pageSchema
	}
	pageGroup struct {
		Name, Description string
		Operations        []pageOperation
	}
	pageOperation struct {
		ID, Method, Path, Access, Summary, Description string
		Parameters                                     []pageParameter
		Body                                           string
		Answers                                        []pageAnswer
	}
	pageParameter struct {
		Name, In, Schema, Description string
		Required                      bool
	}
	pageAnswer struct{ Status, Description, Schema string }
	pageSchema struct{ Name, Text string }
)

var methods = []string{"get", "post", "put", "patch", "delete"}

// render makes the page of a document that build has spelled out.
func render(root object) ([]byte, error) {
	info, _ := root["info"].(object)
	data := pageData{Title: text(info, "title"), Summary: text(info, "summary"), Description: text(info, "description"), Version: text(info, "version")}
	components, _ := root["components"].(object)
	paths, _ := root["paths"].(object)
	for _, tag := range list(root["tags"]) {
		t, _ := tag.(object)
		group := pageGroup{Name: text(t, "name"), Description: text(t, "description")}
		for _, path := range sorted(paths) {
			item, _ := paths[path].(object)
			for _, method := range methods {
				if op, ok := item[method].(object); ok && slices.Contains(list(op["tags"]), any(group.Name)) {
					group.Operations = append(group.Operations, pageOperationOf(components, path, method, op))
				}
			}
		}
		data.Groups = append(data.Groups, group)
	}
	schemas, _ := components["schemas"].(object)
	for _, name := range sorted(schemas) {
		data.Schemas = append(data.Schemas, pageSchema{name, pretty(schemas[name])})
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("cannot make the reference page: %w", err)
	}
	return b.Bytes(), nil
}

func pageOperationOf(components object, path, method string, op object) pageOperation {
	out := pageOperation{
		ID: text(op, "operationId"), Method: strings.ToUpper(method), Path: path,
		Access: text(op, "x-access"), Summary: text(op, "summary"), Description: text(op, "description"),
	}
	for _, v := range list(op["parameters"]) {
		p := resolved(components, v)
		required, _ := p["required"].(bool)
		out.Parameters = append(out.Parameters, pageParameter{text(p, "name"), text(p, "in"), pretty(p["schema"]), text(p, "description"), required})
	}
	if body, ok := op["requestBody"].(object); ok {
		out.Body = contentText(body)
	}
	responses, _ := op["responses"].(object)
	for _, status := range sorted(responses) {
		if status == "default" {
			continue
		}
		r := resolved(components, responses[status])
		out.Answers = append(out.Answers, pageAnswer{status, text(r, "description"), contentText(r)})
	}
	return out
}

// resolved follows a reference within components, one step.
func resolved(components object, v any) object {
	o, _ := v.(object)
	rest, ok := strings.CutPrefix(text(o, "$ref"), "#/components/")
	if !ok {
		return o
	}
	section, name, _ := strings.Cut(rest, "/")
	in, _ := components[section].(object)
	target, _ := in[name].(object)
	return target
}

// contentText names the media types and shows their schemas.
func contentText(o object) string {
	content, _ := o["content"].(object)
	var lines []string
	for _, kind := range sorted(content) {
		media, _ := content[kind].(object)
		line := kind
		if schema, ok := media["schema"]; ok {
			line += "\n" + pretty(schema)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// pretty is a schema as indented JSON; a reference is just its name.
func pretty(schema any) string {
	if o, ok := schema.(object); ok && len(o) == 1 {
		if name, ok := strings.CutPrefix(text(o, "$ref"), "#/components/schemas/"); ok {
			return name
		}
	}
	return folded(schema, "")
}

// foldedWidth is how long a line may be that holds a whole object.
const foldedWidth = 100

// folded is JSON whose small parts take one line each.
func folded(v any, indent string) string {
	one, err := json.Marshal(v)
	if err != nil {
		return "" // it came out of JSON
	}
	if len(indent)+len(one) <= foldedWidth {
		return string(one)
	}
	inner := indent + "  "
	switch v := v.(type) {
	case object:
		var lines []string
		for _, name := range sorted(v) {
			key, _ := json.Marshal(name) // a string always is
			lines = append(lines, inner+string(key)+": "+folded(v[name], inner))
		}
		return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
	case []any:
		var lines []string
		for _, each := range v {
			lines = append(lines, inner+folded(each, inner))
		}
		return "[\n" + strings.Join(lines, ",\n") + "\n" + indent + "]"
	}
	return string(one)
}

func text(o object, key string) string {
	s, _ := o[key].(string)
	return s
}
