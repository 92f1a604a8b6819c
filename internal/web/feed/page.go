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
	body, zipped    []byte
	tag, zippedTag  string // ETags with their quotes; the two forms differ (RFC 9110, section 8.8.3)
	modified        time.Time
	plain, squeezed http.Header // the headers of the two forms; zipped is nil where it gains nothing
}

// kind is what sort of page it is: its media type and how long it may be kept.
type kind struct{ media, cache, vary string }

// newPage prepares an answer. A zero modified is left out of the headers.
func newPage(body []byte, k kind, modified time.Time) *page {
	sum := sha256.Sum256(body)
	name := hex.EncodeToString(sum[:12])
	p := &page{body: body, tag: `"` + name + `"`, zippedTag: `"` + name + `-gzip"`, modified: modified.Truncate(time.Second)}
	p.zipped = zip(body)
	p.plain = p.headers(k, p.tag, len(body))
	p.squeezed = p.headers(k, p.zippedTag, len(p.zipped))
	p.squeezed.Set("Content-Encoding", "gzip")
	return p
}

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

func (p *page) headers(k kind, tag string, length int) http.Header {
	h := http.Header{}
	h.Set("Content-Type", k.media)
	h.Set("Content-Length", strconv.Itoa(length))
	h.Set("ETag", tag)
	h.Set("Cache-Control", k.cache)
	h.Set("Vary", strings.TrimSuffix("Accept-Encoding, "+k.vary, ", "))
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	if !p.modified.IsZero() {
		h.Set("Last-Modified", p.modified.UTC().Format(http.TimeFormat))
	}
	return h
}

// ServeHTTP answers GET and HEAD, conditional ones with 304.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, header, tag := p.body, p.plain, p.tag
	if p.zipped != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, header, tag = p.zipped, p.squeezed, p.zippedTag
	}
	out := w.Header()
	for name, values := range header {
		out[name] = values // shared: nobody changes them
	}
	if p.fresh(r, tag) {
		delete(out, "Content-Length")
		delete(out, "Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method != http.MethodHead {
		w.Write(body) // an error means that the reader left
	}
}

// fresh reports whether the reader has this page already (RFC 9110, section 13.2.2).
func (p *page) fresh(r *http.Request, tag string) bool {
	if list := r.Header.Get("If-None-Match"); list != "" {
		for item := range strings.SplitSeq(list, ",") {
			item = strings.TrimPrefix(strings.TrimSpace(item), "W/")
			if item == "*" || item == tag || item == p.tag || item == p.zippedTag {
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
