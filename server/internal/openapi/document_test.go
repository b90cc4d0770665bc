package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"mangosense/server/internal/openapi"
)

func TestDocumentIsValid(t *testing.T) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(openapi.Document())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("the document says OpenAPI %s", doc.OpenAPI)
	}
}

func TestEveryOperationIsWhole(t *testing.T) {
	var doc struct {
		Tags []struct {
			Name string `json:"name"`
		} `json:"tags"`
		Paths map[string]map[string]struct {
			Tags      []string       `json:"tags"`
			Summary   string         `json:"summary"`
			Access    string         `json:"x-access"`
			ID        string         `json:"operationId"`
			Responses map[string]any `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(openapi.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, tag := range doc.Tags {
		tags = append(tags, tag.Name)
	}
	ids := map[string]string{}
	for path, item := range doc.Paths {
		for method, op := range item {
			where := method + " " + path
			if len(op.Tags) != 1 || !slices.Contains(tags, op.Tags[0]) {
				t.Errorf("%s: tags are %q", where, op.Tags)
			}
			if op.Summary == "" || op.Access == "" {
				t.Errorf("%s: lacks a summary or its access", where)
			}
			if other := ids[op.ID]; other != "" {
				t.Errorf("%s: operationId %s is also that of %s", where, op.ID, other)
			}
			ids[op.ID] = where
			good := false
			for status := range op.Responses {
				good = good || status[0] == '2' || status == "501"
			}
			if !good || op.Responses["default"] == nil {
				t.Errorf("%s: lacks an answer or its errors", where)
			}
		}
	}
	if len(ids) < 80 {
		t.Errorf("only %d operations", len(ids))
	}
}

// A name of the short form that was not spelled out would be a schema that
// accepts anything, or nothing.
func TestNoSchemaNameIsLeft(t *testing.T) {
	var doc any
	if err := json.Unmarshal(openapi.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	walk(doc, "", func(at string, v map[string]any) {
		for _, key := range []string{"items", "schema"} {
			if name, ok := v[key].(string); ok {
				t.Errorf("%s/%s is still %q", at, key, name)
			}
		}
		if _, left := v["optional"]; left && strings.Contains(at, "schemas") && !strings.HasSuffix(at, "/properties") {
			t.Errorf("%s: optional is left", at)
		}
		if properties, ok := v["properties"].(map[string]any); ok {
			for name, p := range properties {
				if _, isText := p.(string); isText {
					t.Errorf("%s/properties/%s is still %q", at, name, p)
				}
			}
		}
	})
}

func walk(v any, at string, visit func(string, map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(at, v)
		for k, inner := range v {
			walk(inner, at+"/"+k, visit)
		}
	case []any:
		for _, inner := range v {
			walk(inner, at+"/*", visit)
		}
	}
}

func TestPageStandsAlone(t *testing.T) {
	page := openapi.Page()
	for _, bad := range []string{"<script", "<link", "<img", "@import", "url("} {
		if bytes.Contains(page, []byte(bad)) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if found := regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*`).Find(page); found != nil {
		t.Errorf("the page asks elsewhere: %s", found)
	}
	for _, want := range []string{"/api/predict/", "/api/history/", "/v2/models/{model}/infer", "schema-Image"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestDocumentIsTheSameEachTime(t *testing.T) {
	if !bytes.Equal(openapi.Document(), openapi.Document()) {
		t.Error("two calls gave two documents")
	}
}
