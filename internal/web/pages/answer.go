package pages

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

// How long answers live in caches. An answer that could not be renewed is better than none: it says of
// what time it is.
const (
	cacheBriefly = "public, max-age=15, stale-while-revalidate=30, stale-if-error=86400"
	cacheForever = "public, max-age=31536000, immutable"
	cacheChecked = "no-cache"
	cacheNever   = "private, no-store"
)

// answer is one complete answer, in both forms that a browser may ask for.
type answer struct {
	status       int
	media, cache string
	tag          string // the ETag of the plain form, without quotes
	body         []byte
	zipped       func() []byte // made when it is first asked for
}

func newAnswer(status int, media, cache string, body []byte) *answer {
	sum := sha256.Sum256(body)
	return &answer{status: status, media: media, cache: cache, tag: hex.EncodeToString(sum[:12]), body: body,
		zipped: sync.OnceValue(func() []byte { return zip(body) })}
}

// zippers are kept because each holds a large table.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func zip(body []byte) []byte {
	var b bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&b)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// ServeHTTP answers GET and HEAD, conditional ones with 304 (RFC 9110, section 13).
func (a *answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.media)
	h.Set("Cache-Control", a.cache)
	h.Add("Vary", "Accept-Encoding")
	body, tag := a.body, a.tag
	if zipped := a.accepted(r); len(zipped) > 0 {
		body, tag = zipped, a.tag+"-gzip" // two forms, two tags: RFC 9110, section 8.8.3
		h.Set("Content-Encoding", "gzip")
	}
	if a.status == http.StatusOK && a.cache != cacheNever {
		h.Set("ETag", strconv.Quote(tag))
		r.Header.Del("Range") // a page is short; a part of it is of no use
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		w.Write(body) // an error means that the reader left
	}
}

// accepted returns the compressed form where the browser takes it and it is smaller.
func (a *answer) accepted(r *http.Request) []byte {
	if !acceptsGzip(r.Header.Get("Accept-Encoding")) {
		return nil
	}
	if zipped := a.zipped(); len(zipped) < len(a.body) {
		return zipped
	}
	return nil
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, section 12.5.3).
func acceptsGzip(header string) bool {
	for item := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.ReplaceAll(item, " ", ""), ";")
		if coding != "gzip" && coding != "*" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(weight, "q="), 64)
		return weight == "" || err == nil && q > 0
	}
	return false
}
