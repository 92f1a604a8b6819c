package channels

import (
	"net/http"
	"testing"
	"time"
)

var noon = time.Date(2026, time.November, 13, 12, 0, 0, 0, time.UTC)

func TestAStatusHasItsVerdict(t *testing.T) {
	tests := []struct {
		status  int
		retry   string
		verdict Verdict
		wait    time.Duration
	}{
		{status: 301, verdict: Later},
		{status: 307, verdict: Later},
		{status: 400, verdict: Refused},
		{status: 401, verdict: Broken},
		{status: 403, verdict: Broken},
		{status: 404, verdict: Refused}, // gone only where the channel says so
		{status: 408, verdict: Later},
		{status: 410, verdict: Refused},
		{status: 413, verdict: Refused},
		{status: 425, verdict: Later},
		{status: 429, verdict: Later},
		{status: 429, retry: "30", verdict: Later, wait: 30 * time.Second},
		{status: 500, verdict: Later},
		{status: 500, retry: "30", verdict: Later},
		{status: 503, verdict: Later},
		{status: 503, retry: "120", verdict: Later, wait: 2 * time.Minute},
		{status: 507, verdict: Later},
	}
	for _, tt := range tests {
		h := http.Header{}
		if tt.retry != "" {
			h.Set("Retry-After", tt.retry)
		}
		err := FromStatus(tt.status, h, noon)
		if err == nil {
			t.Errorf("%d: no error, want verdict %v", tt.status, tt.verdict)
			continue
		}
		if v, wait := VerdictOf(err); v != tt.verdict || wait != tt.wait {
			t.Errorf("%d with Retry-After %q: %v after %v, want %v after %v", tt.status, tt.retry, v, wait, tt.verdict, tt.wait)
		}
	}
	for _, ok := range []int{200, 201, 202, 204} {
		if err := FromStatus(ok, nil, noon); err != nil {
			t.Errorf("%d: %v, want no error", ok, err)
		}
	}
}

func TestRetryAfterIsReadAndCapped(t *testing.T) {
	tests := []struct {
		header string
		want   time.Duration
	}{
		{"", 0},
		{"0", 0},
		{"7", 7 * time.Second},
		{" 7 ", 7 * time.Second},
		{"0.35", 350 * time.Millisecond},
		{"-5", 0},
		{"99999999999999999999", MaxWait},
		{"1e400", 0},
		{"NaN", 0},
		{"Inf", MaxWait},
		{"soon", 0},
		{"Fri, 13 Nov 2026 12:00:45 GMT", 45 * time.Second},
		{"Friday, 13-Nov-26 12:00:45 GMT", 45 * time.Second},
		{"Fri, 13 Nov 2026 11:00:00 GMT", 0},
		{"Sat, 14 Nov 2026 12:00:00 GMT", MaxWait},
	}
	for _, tt := range tests {
		if got := RetryAfter(http.Header{"Retry-After": {tt.header}}, noon); got != tt.want {
			t.Errorf("RetryAfter(%q) = %v, want %v", tt.header, got, tt.want)
		}
	}
}

func TestAVerdictIsFoundThroughWrapping(t *testing.T) {
	if v, wait := VerdictOf(nil); v != Later || wait != 0 {
		t.Errorf("of nil: %v after %v, want later after 0s", v, wait)
	}
	if v, wait := VerdictOf(After(time.Minute, http.ErrHandlerTimeout)); v != Later || wait != time.Minute {
		t.Errorf("of After: %v after %v, want later after 1m0s", v, wait)
	}
	if v, _ := VerdictOf(As(Gone, As(Refused, http.ErrBodyNotAllowed))); v != Gone {
		t.Errorf("of two verdicts: %v, want the outer one, gone", v)
	}
}
