package feed

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

// Lives of answers in caches. Feeds change within a minute of their bulletin; a document never does.
const (
	cacheFeed     = "public, max-age=30"
	cacheDocument = "public, max-age=31536000, immutable"
	cacheKeyed    = "private, no-store"
)

// page is one answer, complete: built once and served from memory until the feed changes.
type page struct {
	form
	zipped   func() *form // made when it is first asked for; nil where it gains nothing
	modified time.Time
}

// form is a page as it is or compressed. The two have different tags (RFC 9110, section 8.8.3).
type form struct {
	body   []byte
	tag    string // ETag with its quotes
	header http.Header
}

// kind is what sort of page it is: its media type and how long it may be kept.
type kind struct{ media, cache, vary string }

// newPage prepares an answer. A zero modified is left out of the headers.
func newPage(body []byte, k kind, modified time.Time) *page {
	sum := sha256.Sum256(body)
	name := hex.EncodeToString(sum[:12])
	p := &page{modified: modified.Truncate(time.Second)}
	p.form = p.as(body, `"`+name+`"`, k)
	p.zipped = sync.OnceValue(func() *form {
		small := zip(body)
		if small == nil {
			return nil
		}
		z := p.as(small, `"`+name+zippedSuffix, k)
		z.header.Set("Content-Encoding", "gzip")
		return &z
	})
	return p
}

// zippedSuffix ends the tag of a compressed form.
const zippedSuffix = `-gzip"`

// zippers are kept because each holds a megabyte of tables.
var zippers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}

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

func (p *page) as(body []byte, tag string, k kind) form {
	h := http.Header{}
	h.Set("Content-Type", k.media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("ETag", tag)
	h.Set("Cache-Control", k.cache)
	h.Set("Vary", strings.TrimSuffix("Accept-Encoding, "+k.vary, ", "))
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	if !p.modified.IsZero() {
		h.Set("Last-Modified", p.modified.UTC().Format(http.TimeFormat))
	}
	return form{body, tag, h}
}

// ServeHTTP answers GET and HEAD, conditional ones with 304.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := &p.form
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		if z := p.zipped(); z != nil {
			f = z
		}
	}
	out := w.Header()
	for name, values := range f.header {
		out[name] = values // shared: nobody changes them
	}
	if p.fresh(r) {
		delete(out, "Content-Length")
		delete(out, "Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method != http.MethodHead {
		w.Write(f.body) // an error means that the reader left
	}
}

// fresh reports whether the reader has this page already (RFC 9110, section 13.2.2).
func (p *page) fresh(r *http.Request) bool {
	if list := r.Header.Get("If-None-Match"); list != "" {
		for item := range strings.SplitSeq(list, ",") {
			item = strings.TrimPrefix(strings.TrimSpace(item), "W/")
			if item == "*" || item == p.tag || strings.TrimSuffix(item, zippedSuffix)+`"` == p.tag {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !p.modified.IsZero() && !p.modified.After(since)
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
