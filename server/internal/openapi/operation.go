package openapi

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

var pathParameter = regexp.MustCompile(`\{([a-z]+)\}`)

// spellOut makes an OpenAPI operation of the short form that doc.go tells of.
func spellOut(path, method string, operation any) (any, error) {
	in, ok := operation.(object)
	if !ok {
		return nil, fmt.Errorf("it is no object")
	}
	op := maps.Clone(in)
	responses, _ := op["responses"].(object)
	if responses == nil {
		responses = object{}
	}
	if err := allow(op, responses); err != nil {
		return nil, err
	}
	parameters(op, path)
	bodies(op)
	answers(op, responses)
	for _, status := range list(op["errors"]) {
		code, ok := status.(float64)
		if !ok {
			return nil, fmt.Errorf("the error %v is no status", status)
		}
		responses[strconv.Itoa(int(code))] = object{"$ref": "#/components/responses/Error"}
	}
	delete(op, "errors")
	responses["default"] = object{"$ref": "#/components/responses/Error"}
	op["responses"] = responses
	op["operationId"] = operationID(method, path)
	for _, word := range []string{"query", "body", "form", "full", "short", "bare", "created", "access"} {
		if _, left := op[word]; left {
			return nil, fmt.Errorf("%q was not spelled out", word)
		}
	}
	return op, nil
}

// allow says who may call.
func allow(op, responses object) error {
	level, _ := op["access"].(string)
	bearer := object{"bearer": []any{}}
	switch level {
	case "open":
		op["security"] = []any{}
	case "guest":
		op["security"] = []any{object{}, bearer}
	case "user", "admin":
		op["security"] = []any{bearer}
	default:
		return fmt.Errorf("access is %q", level)
	}
	if level != "open" {
		responses["401"] = object{"$ref": "#/components/responses/NotAuthenticated"}
	}
	if level == "admin" {
		responses["403"] = object{"$ref": "#/components/responses/Error"}
	}
	op["x-access"] = level
	delete(op, "access")
	return nil
}

// parameters lists those of the path and the query.
func parameters(op object, path string) {
	out := list(op["parameters"])
	for _, m := range pathParameter.FindAllStringSubmatch(path, -1) {
		schema := object{"type": "string"}
		if m[1] == "id" {
			schema = object{"type": "integer", "minimum": 1}
		}
		out = append(out, object{"name": m[1], "in": "path", "required": true, "schema": schema})
	}
	for _, q := range list(op["query"]) {
		if name, ok := q.(string); ok {
			out = append(out, object{"$ref": "#/components/parameters/" + name})
			continue
		}
		out = append(out, q)
	}
	delete(op, "query")
	delete(op, "parameters")
	if len(out) > 0 {
		op["parameters"] = out
	}
}

// bodies says what a request carries.
func bodies(op object) {
	for word, kind := range map[string]string{"body": "application/json", "form": "multipart/form-data"} {
		if schema, ok := op[word]; ok {
			op["requestBody"] = object{"required": true, "content": object{kind: object{"schema": reference(schema)}}}
			delete(op, word)
		}
	}
}

// answers puts the good answer into its envelope.
func answers(op, responses object) {
	text := object{"type": "string"}
	for _, word := range []string{"full", "short", "bare", "created"} {
		data, ok := op[word]
		if !ok {
			continue
		}
		delete(op, word)
		var schema any
		code := "200"
		switch word {
		case "full":
			schema = envelope(object{
				"message": text, "data": reference(data), "timestamp": reference("HandTime"),
				"errors": object{"type": "array", "items": text}, "error_code": text, // beside an answer: it could not be stored
			}, "success", "message", "data", "timestamp")
		case "short":
			schema = envelope(object{"message": text, "data": reference(data)}, "success", "data")
		case "created":
			code = "201"
			schema = reference(data)
		default:
			schema = reference(data)
		}
		responses[code] = object{"description": "Success", "content": object{"application/json": object{"schema": schema}}}
	}
}

func envelope(properties object, required ...string) object {
	properties["success"] = object{"const": true}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func list(v any) []any {
	l, _ := v.([]any)
	return slices.Clone(l)
}

func sorted(m object) []string { return slices.Sorted(maps.Keys(m)) }
