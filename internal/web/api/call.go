package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"callbox/internal/officials"
	"callbox/internal/store"
)

// maxBody bounds what is read of a request, in bytes.
const maxBody = 256 << 10

// call is one request of a known caller.
type call struct {
	*http.Request
	actor officials.Actor
	body  []byte
}

// reply is what comes of a call. It can be kept and given again.
type reply struct {
	Status   int             `json:"status"`
	Body     json.RawMessage `json:"body,omitempty"`
	ETag     string          `json:"etag,omitempty"` // without quotes
	Location string          `json:"location,omitempty"`
	Cache    string          `json:"-"` // Cache-Control; empty means that nobody keeps it
}

// answer makes a reply of a value.
func answer(status int, v any) (reply, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return reply{}, fmt.Errorf("encode the answer: %w", err)
	}
	return reply{Status: status, Body: body}, nil
}

// read takes the body of a request that has one.
func (c *call) read(w http.ResponseWriter) error {
	if c.Method == http.MethodGet {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, c.Body, maxBody))
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		return &problem{Status: http.StatusRequestEntityTooLarge, Code: "too-large", Detail: fmt.Sprintf("the body may have %d bytes", maxBody)}
	}
	if err != nil {
		return &problem{Status: http.StatusBadRequest, Code: "unreadable", Detail: "the body broke off"}
	}
	c.body = bytes.TrimSpace(body)
	if len(c.body) == 0 {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &problem{Status: http.StatusUnsupportedMediaType, Code: "media-type", Detail: "send application/json"}
	}
	if !json.Valid(c.body) || c.body[0] != '{' {
		return &problem{Status: http.StatusBadRequest, Code: "json", Detail: "the body is not one JSON object" + where(c.body)}
	}
	return nil
}

// where names the line at which JSON goes wrong.
func where(body []byte) string {
	var v any
	if e, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, &v)); ok {
		return fmt.Sprintf(": line %d: %v", 1+bytes.Count(body[:min(int(e.Offset), len(body))], []byte("\n")), e)
	}
	return ""
}

// into decodes the body strictly.
func (c *call) into(v any) error {
	if len(c.body) == 0 {
		return &problem{Status: http.StatusBadRequest, Code: "json", Detail: "the body is empty: send a JSON object"}
	}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		return nil
	}
	flaw := Flaw{Detail: strings.TrimPrefix(err.Error(), "json: ")}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		flaw.Field, flaw.Path = e.Field, pointer(e.Field)
	}
	return &problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "the body has fields that are wrong", Errors: []Flaw{flaw}}
}

// match holds a call against the version of a draft that its caller read (If-Match, RFC 9110, section
// 13.1.1). Without the header any version will do.
func (c *call) match(version int64) error {
	wants := c.Header.Get("If-Match")
	if wants == "" || wants == "*" {
		return nil
	}
	for tag := range strings.SplitSeq(wants, ",") {
		if strings.TrimSpace(tag) == strconv.Quote(strconv.FormatInt(version, 10)) {
			return nil
		}
	}
	return &problem{Status: http.StatusPreconditionFailed, Code: "changed", Detail: "somebody changed the draft since you read it; read it again"}
}

// maxKey bounds an Idempotency-Key, in characters.
const maxKey = 255

// once gives the answer of the first call with a key to every repeat, so that a caller who lost the
// answer may ask again without declaring twice.
func (a *API) once(key string, serve func(*call) (reply, error)) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		if len(key) > maxKey {
			return reply{}, &problem{Status: http.StatusBadRequest, Code: "idempotency-key", Detail: fmt.Sprintf("an Idempotency-Key has at most %d characters", maxKey)}
		}
		name := hash(c.actor.Key, key)
		kept, err := a.Desk.Store.Claim(c.Context(), hex.EncodeToString(name), hash(c.Method, c.URL.RequestURI(), string(c.body)))
		switch {
		case errors.Is(err, store.ErrOtherRequest):
			return reply{}, &problem{Status: http.StatusUnprocessableEntity, Code: "idempotency-key", Detail: "this Idempotency-Key was used for another request"}
		case errors.Is(err, store.ErrTaken):
			return reply{}, &problem{Status: http.StatusConflict, Code: "under-way", Detail: "the first call with this Idempotency-Key is still under way; ask again"}
		case err != nil:
			return reply{}, err
		case kept != nil:
			var out reply
			return out, json.Unmarshal(kept.Body, &out)
		}
		return a.keep(c, hex.EncodeToString(name), serve)
	}
}

// keep makes the first answer and stores it; what we could not answer may be asked again.
func (a *API) keep(c *call, name string, serve func(*call) (reply, error)) (reply, error) {
	out, err := serve(c)
	if err != nil {
		p := a.problemOf(err)
		if p.Status >= http.StatusInternalServerError {
			return out, errors.Join(err, a.Desk.Store.Release(c.Context(), name))
		}
		out, err = p.reply()
	}
	if err != nil {
		return out, err
	}
	whole, err := json.Marshal(out)
	if err != nil {
		return out, fmt.Errorf("keep the answer: %w", err)
	}
	return out, a.Desk.Store.Reply(c.Context(), name, store.Reply{Status: out.Status, Body: whole})
}

func hash(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return h.Sum(nil)
}

// write sends a reply.
func (a *API) write(w http.ResponseWriter, r *http.Request, out reply) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if out.Status >= http.StatusBadRequest {
		h.Set("Content-Type", "application/problem+json")
	}
	h.Set("Cache-Control", "private, no-store")
	if out.Cache != "" {
		h.Set("Cache-Control", out.Cache)
	}
	if out.ETag != "" {
		h.Set("ETag", strconv.Quote(out.ETag))
	}
	if out.Location != "" {
		h.Set("Location", out.Location)
	}
	w.WriteHeader(out.Status)
	if r == nil || r.Method != http.MethodHead {
		w.Write(out.Body) // an error means that the caller left
	}
}
