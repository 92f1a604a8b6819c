package email_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
	"callbox/outages"
)

// resident is where the tests' mails go.
const resident = "j.morales@example.net"

// serve starts a mail server for one test.
func serve(t testing.TB, o mailtest.Options) *mailtest.Server {
	t.Helper()
	s, err := mailtest.Start(o)
	if err != nil {
		t.Fatalf("starting the mail server: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// relayTo names a server as a relay.
func relayTo(s *mailtest.Server, security email.Security) email.Relay {
	return email.Relay{Host: s.Host(), Port: s.Port(), TLS: security}
}

// settings are a working configuration with short waits.
func settings(relays ...email.Relay) email.Config {
	return email.Config{
		From:       "alerts@alerts.example.gov",
		ReturnPath: "bounces+*@bounce.example.org",
		BounceKey:  "sixteen bytes and more",
		Relays:     relays,
		Timeouts: email.Timeouts{
			Dial: time.Second, Command: 700 * time.Millisecond, Final: 700 * time.Millisecond,
		},
	}
}

// open makes a channel and closes it after the test.
func open(t testing.TB, cfg email.Config) *email.Channel {
	t.Helper()
	c, err := email.New(cfg)
	if err != nil {
		t.Fatalf("email.New: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// message is a live alert for the tests' resident.
func message(key string) channels.Message {
	m := channeltest.Message(outages.Live)
	m.Key, m.To = key, resident
	return m
}

// parsed is a mail as a reader's program sees it.
type parsed struct {
	head        mail.Header
	subject     string
	plain, html string
}

// parse reads a mail with the standard library, which wrote none of it.
func parse(raw []byte) (parsed, error) {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return parsed{}, err
	}
	p := parsed{head: msg.Header}
	if p.subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		return p, err
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return p, errors.Join(err, errors.New("content type "+kind))
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	var bodies []string
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return p, err
		}
		kind := part.Header.Get("Content-Type")
		if want := []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"}[len(bodies)]; kind != want {
			return p, errors.New("part is " + kind + ", want " + want)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return p, err
		}
		bodies = append(bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
	if len(bodies) != 2 {
		return p, errors.New("want two parts")
	}
	p.plain, p.html = bodies[0], bodies[1]
	return p, nil
}

func mustParse(t *testing.T, raw []byte) parsed {
	t.Helper()
	p, err := parse(raw)
	if err != nil {
		t.Fatalf("parsing the mail: %v\n%s", err, raw)
	}
	return p
}

// verdict returns what an error means, or "accepted".
func verdict(err error) string {
	if err == nil {
		return "accepted"
	}
	v, _ := channels.VerdictOf(err)
	return v.String()
}
