// Package answer serves what is complete in memory: compressed for those who take it, with a tag, and
// briefly to those who have it already.
package answer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind is what sort of answer it is.
type Kind struct {
	Status   int       // 200 when zero
	Media    string    // Content-Type
	Cache    string    // Cache-Control
	Vary     string    // on what it depends beside Accept-Encoding
	Modified time.Time // left out of the headers when zero
	Open     bool      // scripts of other sites may read it
}

// Answer is built once and served from memory. It is an http.Handler for GET and HEAD.
type Answer struct {
	form
	status   int
	modified time.Time
	zipped   func() *form // made when it is first asked for; nil where it gains nothing
}

// form is an answer as it is or compressed. The two have different tags (RFC 9110, section 8.8.3).
type form struct {
	body   []byte
	tag    string // ETag with its quotes; empty for what is nobody's to keep
	header http.Header
}

// New prepares an answer.
func New(body []byte, k Kind) *Answer {
	if k.Status == 0 {
		k.Status = http.StatusOK
	}
	a := &Answer{status: k.Status, modified: k.Modified.Truncate(time.Second)}
	name := ""
	if k.Status == http.StatusOK && !strings.Contains(k.Cache, "no-store") {
		sum := sha256.Sum256(body)
		name = `"` + hex.EncodeToString(sum[:12])
	}
	a.form = a.as(body, name, `"`, k)
	a.zipped = sync.OnceValue(func() *form {
		small := zip(body)
		if small == nil {
			return nil
		}
		z := a.as(small, name, zippedSuffix, k)
		z.header.Set("Content-Encoding", "gzip")
		return &z
	})
	return a
}

// Body is the answer as it is, uncompressed; nobody may change it.
func (a *Answer) Body() []byte { return a.body }

// Cache is its Cache-Control.
func (a *Answer) Cache() string { return a.header.Get("Cache-Control") }

// zippedSuffix ends the tag of a compressed form.
const zippedSuffix = `-gzip"`

// zippers are kept because each holds a megabyte of tables.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// zip compresses a body; nil where that gains nothing.
func zip(body []byte) []byte {
	var b bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&b)
	z.Write(body) // a buffer does not fail
	z.Close()
	if b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

func (a *Answer) as(body []byte, name, end string, k Kind) form {
	h := http.Header{}
	h.Set("Content-Type", k.Media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", k.Cache)
	h.Set("Vary", strings.TrimSuffix("Accept-Encoding, "+k.Vary, ", "))
	h.Set("X-Content-Type-Options", "nosniff")
	if k.Open {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if !a.modified.IsZero() {
		h.Set("Last-Modified", a.modified.UTC().Format(http.TimeFormat))
	}
	if name == "" {
		return form{body, "", h}
	}
	h.Set("ETag", name+end)
	return form{body, name + end, h}
}

// ServeHTTP answers GET and HEAD, conditional ones with 304.
func (a *Answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := &a.form
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		if z := a.zipped(); z != nil {
			f = z
		}
	}
	out := w.Header()
	for name, values := range f.header {
		out[name] = values // shared: nobody changes them
	}
	if a.status == http.StatusOK && a.fresh(r) {
		delete(out, "Content-Length")
		delete(out, "Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		w.Write(f.body) // an error means that the reader left
	}
}

// fresh reports whether the reader has this answer already (RFC 9110, section 13.2.2).
func (a *Answer) fresh(r *http.Request) bool {
	if list := r.Header.Get("If-None-Match"); list != "" {
		for item := range strings.SplitSeq(list, ",") {
			item = strings.TrimPrefix(strings.TrimSpace(item), "W/")
			if a.tag != "" && (item == "*" || item == a.tag || strings.TrimSuffix(item, zippedSuffix)+`"` == a.tag) {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !a.modified.IsZero() && !a.modified.After(since)
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, section 12.5.3).
func acceptsGzip(header string) bool {
	for item := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(item, ";")
		if coding = strings.TrimSpace(coding); coding != "gzip" && coding != "*" {
			continue
		}
		value, ok := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		if !ok {
			return true
		}
		q, err := strconv.ParseFloat(value, 64)
		return err == nil && q > 0
	}
	return false
}
