package pages

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"

	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/web/network"
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
	var in pushRequest
	if !p.readPush(w, r, v, &in) {
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
	if !p.limits.admit(network.Of(r, p.Proxies)) || !p.limits.addresses.take(endpoint(in.Subscription)) {
		w.Header().Set("Retry-After", "60")
		p.refusePush(w, http.StatusTooManyRequests, v, "toomany.text")
		return
	}
	p.answerPush(w, v, p.Desk.SignUp(r.Context(), subscribers.SignUp{Channel: string(channels.Push), Destination: string(in.Subscription),
		Places: places, Langs: []string{in.Language}, WantsTests: in.Tests}))
}

// readPush reads the JSON that a script sends, or refuses it.
func (p *Pages) readPush(w http.ResponseWriter, r *http.Request, v view, in any) bool {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		p.refusePush(w, http.StatusUnsupportedMediaType, v, "fault.device")
		return false
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm)).Decode(in); err != nil || !p.pushes() {
		p.refusePush(w, http.StatusBadRequest, v, "fault.device")
		return false
	}
	return true
}

// answerPush answers a script: 204 for what was done, 404 for a device that is not on the roll.
func (p *Pages) answerPush(w http.ResponseWriter, v view, err error) {
	bad, isBad := errors.AsType[subscribers.FieldErrors](err)
	switch {
	case err == nil:
		w.Header().Set("Cache-Control", cacheNever)
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, desk.ErrNotFound):
		p.refusePush(w, http.StatusNotFound, v, "push.lost")
	case isBad && slices.ContainsFunc(bad, func(f subscribers.FieldError) bool { return f.Field == "destination" || f.Field == "channel" }):
		p.refusePush(w, http.StatusUnprocessableEntity, v, "fault.device")
	case isBad:
		p.refusePush(w, http.StatusUnprocessableEntity, v, "fault.places")
	default:
		p.Log.Error("a device could not be served", "why", err)
		p.refusePush(w, http.StatusServiceUnavailable, v, "fault.failed")
	}
}

// syncRequest says where a device is reached now.
type syncRequest struct {
	Old          string          `json:"old"` // the endpoint that it had; empty where there was none
	Subscription json.RawMessage `json:"subscription"`
}

// syncPush keeps a device on the roll whose browser has changed its subscription. It is asked at every
// visit: 404 tells the device to sign up.
func (p *Pages) syncPush(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "subscribe.title", nil)
	var in syncRequest
	if !p.readPush(w, r, v, &in) {
		return
	}
	if !p.limits.devices.take(network.Of(r, p.Proxies)) {
		w.Header().Set("Retry-After", "60")
		p.refusePush(w, http.StatusTooManyRequests, v, "toomany.text")
		return
	}
	p.answerPush(w, v, p.Desk.Refind(r.Context(), in.Old, string(in.Subscription)))
}

// deviceRequest names the device that asks.
type deviceRequest struct {
	Subscription json.RawMessage `json:"subscription"`
}

// ofDevice reads which device asks, within the limit of its network.
func (p *Pages) ofDevice(w http.ResponseWriter, r *http.Request, v view) (subscription string, ok bool) {
	var in deviceRequest
	if !p.readPush(w, r, v, &in) {
		return "", false
	}
	if !p.limits.admit(network.Of(r, p.Proxies)) {
		w.Header().Set("Retry-After", "60")
		p.refusePush(w, http.StatusTooManyRequests, v, "toomany.text")
		return "", false
	}
	return string(in.Subscription), true
}

// testPush is "test my alerts" of one device, three times a day.
func (p *Pages) testPush(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "subscribe.title", nil)
	subscription, ok := p.ofDevice(w, r, v)
	if !ok {
		return
	}
	err := p.Desk.TryDevice(r.Context(), subscription)
	if errors.Is(err, desk.ErrEnough) {
		p.refusePush(w, http.StatusTooManyRequests, v, "push.tested_out")
		return
	}
	p.answerPush(w, v, err)
}

// leavePush turns a device off: it is erased at once, not when its push service says that it is gone.
func (p *Pages) leavePush(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "subscribe.title", nil)
	if subscription, ok := p.ofDevice(w, r, v); ok {
		p.answerPush(w, v, p.Desk.LeaveDevice(r.Context(), subscription))
	}
}

// managePush opens the page to manage for a device whose owner gave no mail address.
func (p *Pages) managePush(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "subscribe.title", nil)
	subscription, ok := p.ofDevice(w, r, v)
	if !ok {
		return
	}
	session, err := p.Desk.EnterByDevice(r.Context(), subscription)
	if err == nil {
		setSession(w, session)
	}
	p.answerPush(w, v, err)
}

// adopt makes a device one of a resident's who has a session.
func (p *Pages) adopt(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "manage.title", nil)
	subscription, ok := p.ofDevice(w, r, v)
	if !ok {
		return
	}
	who, err := p.managed(r)
	if errors.Is(err, desk.ErrNotFound) {
		p.refusePush(w, http.StatusUnauthorized, v, "manage.ended")
		return
	}
	if err == nil {
		err = p.Desk.Adopt(r.Context(), who, subscription)
	}
	p.answerPush(w, v, err)
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
