package answer_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"callbox/internal/web/answer"
)

var (
	long    = []byte(strings.Repeat("Call 860-555-0101. ", 100))
	changed = time.Date(2024, 10, 22, 16, 20, 0, 0, time.UTC)
)

func ask(a http.Handler, method string, header ...string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(method, "/", nil), httptest.NewRecorder()
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a.ServeHTTP(w, r)
	return w
}

func TestAnAnswerIsCompressedForThoseWhoTakeIt(t *testing.T) {
	a := answer.New(long, answer.Kind{Media: "text/plain", Cache: "public", Vary: "Accept-Language"})
	for accept, want := range map[string]string{"": "", "gzip": "gzip", "br, gzip;q=0.5": "gzip", "*": "gzip", "gzip;q=0": "", "br": "", "gzip;q=nonsense": ""} {
		w := ask(a, http.MethodGet, "Accept-Encoding", accept)
		h, body := w.Header(), w.Body.Bytes()
		if h.Get("Content-Encoding") != want || h.Get("Content-Length") != strconv.Itoa(len(body)) || h.Get("Vary") != "Accept-Encoding, Accept-Language" {
			t.Errorf("Accept-Encoding %q: got %v and %d bytes", accept, h, len(body))
		}
		if want == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(body, long) {
			t.Errorf("Accept-Encoding %q: the text is another", accept)
		}
	}
	short := ask(answer.New([]byte("ok"), answer.Kind{}), http.MethodGet, "Accept-Encoding", "gzip")
	if short.Body.String() != "ok" {
		t.Errorf("what compressing would lengthen: got %q", short.Body)
	}
}

func TestWhoeverHasAnAnswerIsToldSo(t *testing.T) {
	a := answer.New(long, answer.Kind{Media: "text/plain", Cache: "public", Modified: changed})
	plain := ask(a, http.MethodGet).Header().Get("ETag")
	zipped := ask(a, http.MethodGet, "Accept-Encoding", "gzip").Header().Get("ETag")
	if plain == "" || plain == zipped {
		t.Fatalf("tags %s and %s, want two", plain, zipped)
	}
	for _, c := range []struct {
		name, value string
		want        int
	}{
		{"If-None-Match", plain, http.StatusNotModified},
		{"If-None-Match", "W/" + zipped, http.StatusNotModified},
		{"If-None-Match", `"other", ` + plain, http.StatusNotModified},
		{"If-None-Match", "*", http.StatusNotModified},
		{"If-None-Match", `"other"`, http.StatusOK},
		{"If-Modified-Since", changed.Format(http.TimeFormat), http.StatusNotModified},
		{"If-Modified-Since", changed.Add(-time.Second).Format(http.TimeFormat), http.StatusOK},
		{"If-Modified-Since", "yesterday", http.StatusOK},
	} {
		w := ask(a, http.MethodGet, c.name, c.value, "Accept-Encoding", "gzip")
		if w.Code != c.want || (w.Body.Len() == 0) != (c.want == http.StatusNotModified) {
			t.Errorf("%s: %s: got %d and %d bytes, want %d", c.name, c.value, w.Code, w.Body.Len(), c.want)
		}
		if h := w.Header(); c.want == http.StatusNotModified && (h.Get("Content-Length") != "" || h.Get("Content-Encoding") != "" || h.Get("ETag") != zipped) {
			t.Errorf("%s: %s: 304 with %v", c.name, c.value, h)
		}
	}
}

func TestWhatIsNobodysToKeepHasNoTag(t *testing.T) {
	for name, kind := range map[string]answer.Kind{"private": {Cache: "private, no-store"}, "a failure": {Cache: "public", Status: http.StatusServiceUnavailable}} {
		w := ask(answer.New(long, kind), http.MethodGet, "If-None-Match", "*")
		if w.Header().Get("ETag") != "" || w.Code == http.StatusNotModified || w.Body.Len() == 0 {
			t.Errorf("%s: got %d with %v", name, w.Code, w.Header())
		}
	}
}

func TestHeadHasTheHeadersAlone(t *testing.T) {
	a := answer.New(long, answer.Kind{Media: "text/plain"})
	w := ask(a, http.MethodHead)
	if w.Body.Len() != 0 || w.Header().Get("Content-Length") != strconv.Itoa(len(long)) {
		t.Errorf("got %d bytes and %v", w.Body.Len(), w.Header())
	}
}
