package push

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"callbox/channels"
)

// judge says what a push service's answer means. Gone is only what 404 and 410 say. A 413 is final: no
// service takes less than the largest body that we send.
func judge(service string, a *channels.Answer, now time.Time) error {
	err := channels.FromStatus(a.Status, a.Header, now)
	if err == nil {
		return nil
	}
	verdict, wait := channels.VerdictOf(err)
	switch a.Status {
	case http.StatusNotFound, http.StatusGone:
		verdict = channels.Gone
	case http.StatusUnauthorized, http.StatusForbidden:
		if foreign(a) {
			verdict = channels.Refused
		}
	case http.StatusNotAcceptable: // Windows: over its rate limit
		verdict, wait = channels.Later, channels.RetryAfter(a.Header, now)
	}
	err = fmt.Errorf("push service %s answered %d %s%s", service, a.Status, http.StatusText(a.Status), because(a))
	if verdict == channels.Later {
		return channels.After(wait, err)
	}
	return channels.As(verdict, err)
}

// foreign reports whether the push service says that this one subscription was made with another VAPID
// key. That must not halt the service for everybody: anyone can sign up with such a subscription.
func foreign(a *channels.Answer) bool {
	said := string(a.Body)
	return strings.Contains(said, "VapidPkHashMismatch") || // Apple
		strings.Contains(said, "do not correspond to the credentials used to create") || // Google
		strings.Contains(said, "VAPID public key mismatch") // Mozilla
}

// because returns the push service's own name for its reason, in brackets, where it gave one that is a
// plain word or number: Apple's reason, Mozilla's errno, Windows' X-WNS-Error-Description. What else is
// in an answer is not for logs.
func because(a *channels.Answer) string {
	var said struct {
		Reason string      `json:"reason"`
		Errno  json.Number `json:"errno"`
	}
	_ = json.Unmarshal(a.Body, &said) // most answers are not JSON, and need not be
	for _, word := range []string{said.Reason, said.Errno.String(), a.Header.Get("X-WNS-Error-Description")} {
		if plain(word) {
			return " (" + word + ")"
		}
	}
	return ""
}

func plain(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' || r == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 48
}
