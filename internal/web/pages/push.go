package pages

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"

	"callbox/areas"
	"callbox/channels"
	"callbox/subscribers"
)

// pushRequest is what the script of the sign-up page sends.
type pushRequest struct {
	Subscription json.RawMessage `json:"subscription"` // PushSubscription.toJSON()
	Places       string          `json:"places"`       // ZIP codes
	Language     string          `json:"language"`
	Tests        bool            `json:"tests"`
}

// pushFaults is the answer to a request with mistakes.
type pushFaults struct {
	Faults []pushFault `json:"faults"`
}

type pushFault struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

// subscribePush signs up a device. Its answers carry sentences for the page to show.
func (p *Pages) subscribePush(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "subscribe.title", nil)
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		p.refusePush(w, http.StatusUnsupportedMediaType, v, "fault.device")
		return
	}
	var in pushRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm)).Decode(&in); err != nil || !p.pushes() {
		p.refusePush(w, http.StatusBadRequest, v, "fault.device")
		return
	}
	s := signUp{Places: typed(in.Places), Language: in.Language}
	places, err := p.check(v, &s)
	if err != nil {
		p.Log.Error("a device could not sign up", "why", err)
		p.refusePush(w, http.StatusServiceUnavailable, v, "fault.failed")
		return
	}
	if len(s.Faults) > 0 {
		p.writePush(w, http.StatusUnprocessableEntity, s.Faults)
		return
	}
	if !p.limits.networks.take(network(r)) || !p.limits.addresses.take(endpoint(in.Subscription)) {
		w.Header().Set("Retry-After", "60")
		p.refusePush(w, http.StatusTooManyRequests, v, "toomany.text")
		return
	}
	p.signUpDevice(w, r, v, in, places)
}

func (p *Pages) signUpDevice(w http.ResponseWriter, r *http.Request, v view, in pushRequest, places []areas.Place) {
	err := p.Desk.SignUp(r.Context(), subscribers.SignUp{Channel: string(channels.Push), Destination: string(in.Subscription),
		Places: places, Langs: []string{in.Language}, WantsTests: in.Tests})
	bad, isBad := errors.AsType[subscribers.FieldErrors](err)
	switch {
	case err == nil:
		w.Header().Set("Cache-Control", cacheNever)
		w.WriteHeader(http.StatusNoContent)
	case isBad && slices.ContainsFunc(bad, func(f subscribers.FieldError) bool { return f.Field == "destination" || f.Field == "channel" }):
		p.refusePush(w, http.StatusUnprocessableEntity, v, "fault.device")
	case isBad:
		p.refusePush(w, http.StatusUnprocessableEntity, v, "fault.places")
	default:
		p.Log.Error("a device could not sign up", "why", err)
		p.refusePush(w, http.StatusServiceUnavailable, v, "fault.failed")
	}
}

// endpoint names a subscription for the limits.
func endpoint(subscription json.RawMessage) string {
	var s struct {
		Endpoint string `json:"endpoint"`
	}
	if json.Unmarshal(subscription, &s) != nil {
		return ""
	}
	return s.Endpoint
}

func (p *Pages) refusePush(w http.ResponseWriter, status int, v view, key string) {
	p.writePush(w, status, []fault{{"device", p.phrases[v.Lang][key]}})
}

func (p *Pages) writePush(w http.ResponseWriter, status int, faults []fault) {
	var out pushFaults
	for _, f := range faults {
		out.Faults = append(out.Faults, pushFault(f))
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(out); err != nil {
		p.Log.Debug("a reader left before its answer", "why", err)
	}
}
