package mastodon

import (
	"net/http"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/outages"
)

// Promise 7: only a 410 is a server's word that an account is gone.
func TestEveryAnswerHasItsVerdict(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer mastodontest.Answer
		want   channels.Verdict
		wait   time.Duration
	}{
		{"a revoked token is for a person to mend", mastodontest.InvalidToken, channels.Broken, 0},
		{"a missing scope is for a person to mend", mastodontest.Forbidden, channels.Broken, 0},
		{"an account that the server calls gone is gone", mastodontest.Suspended, channels.Gone, 0},
		{"a server without the API is for a person to mend", mastodontest.NotFound, channels.Broken, 0},
		{"an invalid status is refused", *mastodontest.Invalid("x"), channels.Refused, 0},
		{"a bad request is refused", mastodontest.Answer{Status: 400}, channels.Refused, 0},
		{"a 429 says how long", mastodontest.Busy(90 * time.Second), channels.Later, 90 * time.Second},
		{"a 429 says until when", mastodontest.BusyUntil(channeltest.Now.Add(2 * time.Minute)), channels.Later, 2 * time.Minute},
		{"a 429 that says nothing waits a minute", mastodontest.Answer{Status: 429}, channels.Later, fallbackWait},
		{"a reset that is past waits a minute", mastodontest.BusyUntil(channeltest.Now.Add(-time.Minute)), channels.Later, fallbackWait},
		{"a reset next year is cut", mastodontest.BusyUntil(channeltest.Now.AddDate(1, 0, 0)), channels.Later, channels.MaxWait},
		{"an error of the server is later", mastodontest.Failure, channels.Later, 0},
		{"away says how long", mastodontest.Answer{Status: 503, Header: map[string]string{"Retry-After": "9"}}, channels.Later, 9 * time.Second},
		{"a gateway that gave up is later", mastodontest.Answer{Status: 502}, channels.Later, 0},
		{"a redirect is not followed", mastodontest.Moved, channels.Later, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ch, server := stand(t)
			ch.now = func() time.Time { return channeltest.Now }
			ch.http.Transport.(*exchange).now = ch.now
			far := newSide(server)
			far.Server.Next(c.answer)
			m := channeltest.Message(outages.Live)
			m.To = far.to
			begun := time.Now()
			_, err := ch.Send(t.Context(), m)
			if err == nil {
				t.Fatal("no error")
			}
			if got, wait := channels.VerdictOf(err); got != c.want || wait != c.wait {
				t.Errorf("verdict %v after %v (%v), want %v after %v", got, wait, err, c.want, c.wait)
			}
			if took := time.Since(begun); took > 900*time.Millisecond {
				t.Errorf("Send took %v: it slept", took)
			}
			channeltest.Leaks(t, err, far.Secrets()...)
		})
	}
}

func TestA201IsASuccess(t *testing.T) {
	ch, server := stand(t)
	server.Created = true
	far := newSide(server)
	m := channeltest.Message(outages.Live)
	m.To = far.to
	if receipt, err := ch.Send(t.Context(), m); err != nil || len(receipt) != 2 {
		t.Errorf("Send = %v, %v; want two parts", receipt, err)
	}
}

func TestTheRateLimitOfTheAccountIsHonoured(t *testing.T) {
	ch, server := stand(t)
	server.Requests, server.Per = 3, 5*time.Minute
	ch.http.Transport.(*exchange).now = func() time.Time { return channeltest.Now.Add(2 * time.Minute) }
	far := newSide(server)
	m := channeltest.Message(outages.Live)
	m.To = far.to
	receipt, err := ch.Send(t.Context(), m) // whose token, statuses, one post; the second post is too much
	if v, wait := channels.VerdictOf(err); len(receipt) != 1 || v != channels.Later || wait != 4*time.Minute {
		t.Errorf("Send = %d parts, %v; want one part and four minutes to wait", len(receipt), err)
	}
}

func FuzzNoAnswerIsTakenForGoneBut410(f *testing.F) {
	f.Add(404, "", "")
	f.Add(410, "", "")
	f.Add(429, "7", "2026-11-13T20:06:00Z")
	f.Add(429, "-1", "9999-12-31T23:59:59Z")
	f.Fuzz(func(t *testing.T, status int, after, reset string) {
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}
		err := verdict(&http.Response{StatusCode: status, Header: h}, channeltest.Now)
		if (err == nil) != (status >= 200 && status < 300) {
			t.Fatalf("verdict(%d) = %v", status, err)
		}
		v, wait := channels.VerdictOf(err)
		if wait < 0 || wait > channels.MaxWait {
			t.Errorf("asks to wait %v", wait)
		}
		if (v == channels.Gone) != (status == http.StatusGone) {
			t.Errorf("status %d means %v", status, v)
		}
	})
}
