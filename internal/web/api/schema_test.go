package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/internal/web/webtest"
)

// spec is the OpenAPI document as the server gives it.
type spec struct {
	t    testing.TB
	root map[string]any
	used map[string]bool // "GET /path 200"
}

func readSpec(t testing.TB, s *server) *spec {
	t.Helper()
	w := webtest.Ask(t, s.api, "GET", "/api/v1/openapi.json", "")
	d := &spec{t: t, used: map[string]bool{}}
	if err := json.Unmarshal(w.Body.Bytes(), &d.root); err != nil {
		t.Fatalf("openapi.json: %v", err)
	}
	return d
}

// at follows keys, and references on the way.
func (d *spec) at(node any, keys ...string) map[string]any {
	m, _ := node.(map[string]any)
	for {
		ref, ok := m["$ref"].(string)
		if !ok {
			break
		}
		path := strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		m = d.at(d.root, path...)
		if m == nil {
			d.t.Fatalf("the reference %s leads nowhere", ref)
		}
	}
	if len(keys) == 0 {
		return m
	}
	return d.at(m[keys[0]], keys[1:]...)
}

// operations lists what the document describes: "GET /path".
func (d *spec) operations() []string {
	var out []string
	for path, item := range d.at(d.root, "paths") {
		for method := range item.(map[string]any) {
			out = append(out, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(out)
	return out
}

// check holds an answer against the document.
func (d *spec) check(method, path string, status int, media string, body []byte) {
	d.t.Helper()
	where := fmt.Sprintf("%s %s %d", method, path, status)
	response := d.at(d.root, "paths", path, strings.ToLower(method), "responses", fmt.Sprint(status))
	if response == nil {
		d.t.Errorf("%s is not in the document: %s", where, body)
		return
	}
	d.used[where] = true
	schema := d.at(response, "content", media, "schema")
	if schema == nil {
		d.t.Errorf("%s: the document has no %s", where, media)
		return
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		d.t.Errorf("%s: %v in %s", where, err, body)
		return
	}
	d.valid(where, schema, v)
}

// valid holds a value against the part of JSON Schema that the document uses.
func (d *spec) valid(where string, schema map[string]any, v any) {
	d.t.Helper()
	schema = d.at(schema)
	if types := typesOf(schema); len(types) > 0 && !slices.Contains(types, typeOf(v)) && (typeOf(v) != "integer" || !slices.Contains(types, "number")) {
		d.t.Errorf("%s is a %s, want %v", where, typeOf(v), types)
		return
	}
	if choices, ok := schema["enum"].([]any); ok && !slices.Contains(choices, v) {
		d.t.Errorf("%s is %v, want one of %v", where, v, choices)
	}
	if s, ok := v.(string); ok && schema["format"] == "date-time" {
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			d.t.Errorf("%s: %v", where, err)
		}
	}
	if list, ok := v.([]any); ok {
		if items, ok := schema["items"].(map[string]any); ok {
			for i, x := range list {
				d.valid(fmt.Sprintf("%s[%d]", where, i), items, x)
			}
		}
	}
	if object, ok := v.(map[string]any); ok {
		d.validObject(where, schema, object)
	}
}

func (d *spec) validObject(where string, schema, object map[string]any) {
	d.t.Helper()
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			d.t.Errorf("%s lacks %v", where, name)
		}
	}
	properties := d.at(schema, "properties")
	for name, x := range object {
		if p, ok := properties[name].(map[string]any); ok {
			d.valid(where+"."+name, p, x)
			continue
		}
		switch more := schema["additionalProperties"].(type) {
		case bool:
			if !more {
				d.t.Errorf("%s has %q, which the document does not know", where, name)
			}
		case map[string]any:
			d.valid(where+"."+name, more, x)
		}
	}
}

func typesOf(schema map[string]any) []string {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var out []string
		for _, x := range t {
			out = append(out, x.(string))
		}
		return out
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}
