package assets

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func ask(s *Set, path, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestAFileIsKeptForEverUnderANameThatChangesWithIt(t *testing.T) {
	long := strings.Repeat("body { color: black }\n", 50)
	s, err := New(fstest.MapFS{"a.css": {Data: []byte(long)}, "b.js": {Data: []byte("1")}}, "/x")
	if err != nil {
		t.Fatal(err)
	}
	other, err := New(fstest.MapFS{"a.css": {Data: []byte(long + " ")}}, "/x")
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.Path("a.css")
	if err != nil {
		t.Fatal(err)
	}
	if changed, _ := other.Path("a.css"); changed == at {
		t.Errorf("%s is the name of two files", at)
	}
	w := ask(s, at, "")
	if w.Body.String() != long || w.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d with %v", w.Code, w.Header())
	}
	w = ask(s, at, "br, gzip")
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != long {
		t.Errorf("unzipped it is %d bytes (%v), want %d", len(got), err, len(long))
	}
	if got := s.Paths(".js"); len(got) != 1 || !strings.HasSuffix(got[0], "/b.js") {
		t.Errorf("scripts: %q, want b.js", got)
	}
}

func TestWhatIsNotThereIsNotKept(t *testing.T) {
	s, err := New(fstest.MapFS{"a.css": {Data: []byte("x")}}, "/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Path("b.css"); err == nil {
		t.Error("there is a path of a file that is not there")
	}
	w := ask(s, "/x/0000/a.css", "")
	if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "" {
		t.Errorf("%d with Cache-Control %q, want 404 without one", w.Code, w.Header().Get("Cache-Control"))
	}
}
