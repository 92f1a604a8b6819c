package feed

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"callbox/channels/cap"
	"callbox/internal/officials"
)

var ipawsPath = regexp.MustCompile(`^/cap/ipaws/([A-Za-z0-9._-]{1,80})\.(xml|json)$`)

// handOver answers an official with the copy of a document for IPAWS, or as JSON with the report of the
// rules it meets. A copy that IPAWS would refuse is not given out; its report is.
func (f *Feed) handOver(w http.ResponseWriter, r *http.Request, identifier, form string) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	var h cap.Handover
	err := officials.ErrUnknown
	if strings.EqualFold(scheme, "Bearer") {
		h, err = f.config.Handover(r.Context(), officials.Secret(strings.TrimSpace(key)), identifier)
	}
	switch {
	case errors.Is(err, officials.ErrUnknown):
		w.Header().Set("WWW-Authenticate", `Bearer realm="callbox"`)
		problem(w, http.StatusUnauthorized, "send your personal key as a bearer key")
		return
	case errors.Is(err, officials.ErrDenied):
		problem(w, http.StatusForbidden, "this takes a person who drafts or approves")
		return
	case errors.Is(err, cap.ErrNotFound):
		problem(w, http.StatusNotFound, "your agency has published no document of this name")
		return
	case err != nil:
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "the copy cannot be made at the moment")
		return
	}
	body, media := h.XML, "application/xml; charset=utf-8"
	if form == "json" {
		if body, err = json.Marshal(h); err != nil {
			problem(w, http.StatusInternalServerError, "the report cannot be written")
			return
		}
		media = "application/json"
	} else if !h.Ready() {
		problem(w, http.StatusConflict, "IPAWS would refuse this: the report is at "+strings.TrimSuffix(r.URL.Path, "xml")+"json")
		return
	}
	out := w.Header()
	out.Set("Content-Type", media)
	out.Set("Cache-Control", cacheKeyed)
	out.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodHead {
		w.Write(body) // an error means that the reader left
	}
}
