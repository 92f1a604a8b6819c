package discord

import (
	"net/http"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/discord/discordtest"
	"callbox/outages"
)

// Promise 7: only Discord's own word retires a webhook. Promise 5: what may have been posted is uncertain.
func TestEveryAnswerHasItsVerdict(t *testing.T) {
	gateway := discordtest.BadGateway
	gateway.Posts = true
	for _, c := range []struct {
		name   string
		answer discordtest.Answer
		want   channels.Verdict
		wait   time.Duration
	}{
		{"a deleted webhook is gone", discordtest.UnknownWebhook, channels.Gone, 0},
		{"a token that is not the webhook's is gone", discordtest.InvalidToken, channels.Gone, 0},
		{"a 404 that is not Discord's is no word of it", discordtest.Answer{Status: 404, Body: "<html>"}, channels.Later, 0},
		{"an empty 404 is no word of Discord's", discordtest.Answer{Status: 404}, channels.Later, 0},
		{"a deleted channel refuses", discordtest.UnknownChannel, channels.Refused, 0},
		{"missing permissions concern this webhook only", discordtest.MissingAccess, channels.Refused, 0},
		{"unauthorized without a webhook's code breaks the channel", discordtest.Unauthorized, channels.Broken, 0},
		{"a block by the edge breaks the channel", discordtest.Blocked, channels.Broken, 0},
		{"sending that is disabled for now is later", discordtest.Answer{Status: 403, Body: `{"message": "x", "code": 40004}`}, channels.Later, 0},
		{"a 429 says how long in its JSON", discordtest.Busy(1500 * time.Millisecond), channels.Later, 1500 * time.Millisecond},
		{"a ban by the edge says how long in its header", discordtest.Banned, channels.Later, time.Minute},
		{"a 429 that says nothing waits a little", discordtest.Answer{Status: 429}, channels.Later, fallbackWait},
		{"a reset header is used where there is nothing else", discordtest.Answer{Status: 429, Header: map[string]string{"X-RateLimit-Reset-After": "0.5"}}, channels.Later, time.Second / 2},
		{"a wait without end is cut", discordtest.Answer{Status: 429, Body: `{"message": "x", "retry_after": 1e300}`}, channels.Later, channels.MaxWait},
		{"a negative wait is none", discordtest.Answer{Status: 429, Body: `{"message": "x", "retry_after": -3}`}, channels.Later, fallbackWait},
		{"an error of Discord's is later", discordtest.Failure, channels.Later, 0},
		{"away says how long", discordtest.Answer{Status: 503, Header: map[string]string{"Retry-After": "9"}}, channels.Later, 9 * time.Second},
		{"a gateway that gave up may have posted", gateway, channels.Uncertain, 0},
		{"a gateway timeout may have posted", discordtest.Answer{Status: 504}, channels.Uncertain, 0},
		{"a success that names no message is uncertain", discordtest.Answer{Status: 200, Body: `{}`}, channels.Uncertain, 0},
		{"a success that is not JSON is uncertain", discordtest.Answer{Status: 200, Body: `<html>`}, channels.Uncertain, 0},
		{"a malformed rate-limit header makes no error of a refusal", discordtest.Answer{Status: 400, Header: map[string]string{"X-RateLimit-Reset-After": "soon"}}, channels.Refused, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ch, far := stand(t)
			hook := far.Add()
			far.Next(hook, c.answer)
			m := channeltest.Message(outages.Live)
			m.To = hook
			_, err := ch.Send(t.Context(), m)
			if err == nil {
				t.Fatal("no error")
			}
			if got, wait := channels.VerdictOf(err); got != c.want || wait != c.wait {
				t.Errorf("verdict %v after %v (%v), want %v after %v", got, wait, err, c.want, c.wait)
			}
			channeltest.Leaks(t, err, side{far, hook}.Secrets()...)
		})
	}
}

func TestAHeaderThatDiscordgoCannotReadDoesNotUndoAPost(t *testing.T) {
	ch, far := stand(t)
	hook := far.Add()
	far.Next(hook, discordtest.Answer{
		Status: 200, Header: map[string]string{"X-RateLimit-Remaining": "few", "X-RateLimit-Reset": "noon"},
		Body: `{"id": "42"}`, Posts: true,
	})
	m := channeltest.Message(outages.Live)
	m.To = hook
	receipt, err := ch.Send(t.Context(), m)
	if err != nil || len(receipt) != 1 || receipt[0].ID != "42" {
		t.Errorf("Send = %v, %v; want the message 42", receipt, err)
	}
}

func TestAFarSideThatNobodyRunsIsLater(t *testing.T) {
	ch, far := stand(t)
	hook := far.Add()
	far.Close()
	m := channeltest.Message(outages.Live)
	m.To = hook
	_, err := ch.Send(t.Context(), m)
	if v, _ := channels.VerdictOf(err); err == nil || v != channels.Later {
		t.Errorf("Send = %v, want later: nothing was written", err)
	}
	channeltest.Leaks(t, err, side{far, hook}.Secrets()...)
}

func TestARateLimitNeverMakesSendWait(t *testing.T) {
	ch, far := stand(t)
	far.Posts, far.Per = 2, time.Hour
	hook := far.Add()
	begun := time.Now()
	for i, want := range []error{nil, nil, http.ErrAbortHandler} {
		m := channeltest.Sample{Seq: i + 1}.Message()
		m.To = hook
		_, err := ch.Send(t.Context(), m)
		if (err == nil) != (want == nil) {
			t.Fatalf("post %d: error %v", i+1, err)
		}
		if want == nil {
			continue
		}
		if v, wait := channels.VerdictOf(err); v != channels.Later || wait < 50*time.Minute || wait > time.Hour {
			t.Errorf("post %d: %v after %v, want later after about an hour", i+1, v, wait)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("three posts took %v", took)
	}
}

func FuzzNoAnswerIsTakenForGoneWithoutItsCode(f *testing.F) {
	f.Add(404, `{"message": "Unknown Webhook", "code": 10015}`)
	f.Add(401, `{"message": "Invalid Webhook Token", "code": 50027}`)
	f.Add(429, `{"message": "x", "retry_after": 0.3}`)
	f.Add(404, `null`)
	f.Add(520, ``)
	f.Fuzz(func(t *testing.T, status int, body string) {
		resp := &http.Response{StatusCode: status, Header: http.Header{}}
		err := verdict(resp, []byte(body), time.Time{})
		if (err == nil) != (status >= 200 && status < 300) {
			t.Fatalf("verdict(%d) = %v", status, err)
		}
		v, wait := channels.VerdictOf(err)
		if wait < 0 || wait > channels.MaxWait {
			t.Errorf("asks to wait %v", wait)
		}
		if v == channels.Gone && (status < 400 || status > 499) {
			t.Errorf("status %d with %q is taken for gone", status, body)
		}
	})
}
