package push

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"callbox/channels"
)

// Promise 7: gone is said by 404 and 410 alone.
func TestAPushServicesAnswerHasItsVerdict(t *testing.T) {
	now := time.Date(2026, time.November, 13, 20, 5, 0, 0, time.UTC)
	tests := []struct {
		name    string
		status  int
		header  http.Header
		body    string
		verdict channels.Verdict
		wait    time.Duration
		says    string
	}{
		{name: "unknown", status: 404, verdict: channels.Gone},
		{name: "unsubscribed", status: 410, verdict: channels.Gone},
		{name: "moved", status: 301, verdict: channels.Later},
		{name: "malformed", status: 400, verdict: channels.Refused},
		{name: "too large", status: 413, verdict: channels.Refused},
		{name: "our token is bad", status: 403, body: `{"reason":"BadJwtToken"}`, verdict: channels.Broken, says: "(BadJwtToken)"},
		{name: "our token is missing", status: 401, body: `{"code":401,"errno":109,"message":"x"}`, verdict: channels.Broken, says: "(109)"},
		{name: "made for another key, Apple", status: 403, body: `{"reason":"VapidPkHashMismatch"}`, verdict: channels.Refused, says: "(VapidPkHashMismatch)"},
		{
			name: "made for another key, Google", status: 403, verdict: channels.Refused,
			body: "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.",
		},
		{name: "made for another key, Mozilla", status: 401, body: `{"errno":109,"message":"VAPID public key mismatch"}`, verdict: channels.Refused},
		{name: "busy", status: 429, verdict: channels.Later},
		{name: "busy for a while", status: 429, header: http.Header{"Retry-After": {"60"}}, verdict: channels.Later, wait: time.Minute},
		{name: "busy, Windows", status: 406, header: http.Header{"Retry-After": {"5"}}, verdict: channels.Later, wait: 5 * time.Second},
		{
			name: "bad TTL, Windows", status: 400, verdict: channels.Refused, says: "(Ttl value conflicts)",
			header: http.Header{"X-Wns-Error-Description": {"Ttl value conflicts"}},
		},
		{name: "down", status: 502, body: "<html>", verdict: channels.Later},
		{name: "a reason that is no word", status: 500, body: `{"reason":"https://example.net/s3cr3t"}`, verdict: channels.Later},
		{name: "a long reason", status: 500, body: `{"reason":"` + strings.Repeat("s3cr3t", 20) + `"}`, verdict: channels.Later},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := judge("push.example.net", &channels.Answer{Status: tt.status, Header: tt.header, Body: []byte(tt.body)}, now)
			if err == nil {
				t.Fatal("no error, want one")
			}
			if v, wait := channels.VerdictOf(err); v != tt.verdict || wait != tt.wait {
				t.Errorf("%v after %v, want %v after %v", v, wait, tt.verdict, tt.wait)
			}
			if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("it says %q, want words with %q and nothing secret", err, tt.says)
			}
		})
	}
	for _, status := range []int{200, 201, 202} {
		if err := judge("push.example.net", &channels.Answer{Status: status}, now); err != nil {
			t.Errorf("%d: %v, want no error", status, err)
		}
	}
}
