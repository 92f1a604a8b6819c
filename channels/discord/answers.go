package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"callbox/channels"
)

// Codes of Discord's JSON errors that decide a verdict.
// https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
const (
	unknownWebhook      = 10015
	invalidWebhookToken = 50027
	sendingDisabled     = 40004 // temporarily, by Discord
	featureDisabled     = 40006 // temporarily, by Discord
)

// words explain the codes that an official may have to act on.
var words = map[int]string{
	10003:               "the channel does not exist",
	unknownWebhook:      "the webhook was deleted",
	40001:               "not authorized",
	sendingDisabled:     "sending is disabled for now",
	featureDisabled:     "the feature is disabled for now",
	50001:               "no access to the channel",
	50013:               "a permission is missing",
	invalidWebhookToken: "the webhook's token is not valid",
	50035:               "the message breaks a limit",
	220001:              "the channel is a forum: webhooks of forums are not supported",
}

// fallbackWait is the wait after a 429 that does not name one.
const fallbackWait = 5 * time.Second

// exchange is the transport below discordgo. It gives every failure its verdict, which discordgo's own
// errors are too poor for (they hide headers, quote the URL and take a 429 that is not JSON for a syntax
// error), and hides the rate-limit headers: discordgo would sleep on them, and a malformed one would turn
// a post that was taken into an error.
type exchange struct {
	next http.RoundTripper
	far  *url.URL // where requests go instead of discord.com; nil but in the demo and tests
	now  func() time.Time
	// within limits the whole exchange; zero means not at all. The client itself must have no timeout: its
	// error would swallow the verdict.
	within time.Duration
}

// RoundTrip serves [http.RoundTripper].
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	var written atomic.Bool // the transport may still be writing when it has given up waiting
	ctx := req.Context()
	if x.within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, x.within)
		defer cancel()
	}
	req = req.Clone(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				written.Store(true)
			}
		},
	}))
	if x.far != nil {
		req.URL.Scheme, req.URL.Host, req.Host = x.far.Scheme, x.far.Host, ""
	}
	resp, err := x.next.RoundTrip(req)
	if err != nil {
		err = fmt.Errorf("asking discord: %w", channels.Strip(err))
		if written.Load() {
			return nil, channels.As(channels.Uncertain, err)
		}
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if bad := verdict(resp, body, x.now()); bad != nil {
		return nil, bad
	}
	if err != nil {
		return nil, channels.As(channels.Uncertain, fmt.Errorf("reading discord's answer: %w", channels.Strip(err)))
	}
	for name := range resp.Header {
		if strings.HasPrefix(name, "X-Ratelimit-") {
			resp.Header.Del(name)
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// complaint is the body of an answer that is not 2xx, where it is Discord's own.
type complaint struct {
	Code       int     `json:"code"`
	Message    string  `json:"message"`
	RetryAfter float64 `json:"retry_after"` // seconds
}

// verdict says what an answer means. Only Discord's own code for a deleted webhook, or for a token that
// never was one, retires an address. A rejection that names a code is about this webhook; one that does
// not comes from the edge in front of Discord and concerns them all.
func verdict(resp *http.Response, body []byte, now time.Time) error {
	status := resp.StatusCode
	if status >= 200 && status < 300 {
		return nil
	}
	var said complaint
	own := json.Unmarshal(body, &said) == nil && said.Message != ""
	err := fmt.Errorf("discord answered %d%s", status, said.explain())
	switch status {
	case http.StatusTooManyRequests:
		return channels.After(said.wait(resp.Header, now), err)
	case http.StatusServiceUnavailable:
		return channels.After(channels.RetryAfter(resp.Header, now), err)
	case http.StatusBadGateway, http.StatusGatewayTimeout, 520, 524:
		// A gateway gave up (520 and 524 are Cloudflare's): what stood behind it may have posted.
		return channels.As(channels.Uncertain, err)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return channels.As(channels.Refused, err)
	}
	if status < 400 || status >= 500 {
		return err
	}
	switch {
	case said.Code == unknownWebhook, said.Code == invalidWebhookToken:
		return channels.As(channels.Gone, err)
	case said.Code == sendingDisabled, said.Code == featureDisabled:
		return err
	case status == http.StatusNotFound && !own:
		return err // not Discord's word
	case own && said.Code >= 50000, status == http.StatusNotFound:
		return channels.As(channels.Refused, err)
	}
	if v, _ := channels.VerdictOf(channels.FromStatus(status, resp.Header, now)); v != channels.Later {
		return channels.As(v, err)
	}
	return err
}

// explain says in our words what Discord's code means; its own message is not repeated, for it may quote
// the request.
func (c complaint) explain() string {
	if c.Code == 0 {
		return ""
	}
	if w := words[c.Code]; w != "" {
		return fmt.Sprintf(" (code %d: %s)", c.Code, w)
	}
	return fmt.Sprintf(" (code %d)", c.Code)
}

// wait is how long Discord asked to wait: its JSON is the most exact, Cloudflare in front of it sends the
// header alone.
// https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit
func (c complaint) wait(h http.Header, now time.Time) time.Duration {
	if d := seconds(c.RetryAfter); d > 0 {
		return d
	}
	if d := channels.RetryAfter(h, now); d > 0 {
		return d
	}
	if s, err := strconv.ParseFloat(h.Get("X-RateLimit-Reset-After"), 64); err == nil && seconds(s) > 0 {
		return seconds(s)
	}
	return fallbackWait
}

// seconds converts and bounds; it is zero for what is no wait.
func seconds(s float64) time.Duration {
	switch {
	case s > channels.MaxWait.Seconds():
		return channels.MaxWait
	case s > 0:
		return time.Duration(s * float64(time.Second))
	}
	return 0
}

// errNameless says that a 2xx answer did not name the message.
var errNameless = errors.New("discord's answer does not name the message")
