package channeltest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

func TestTheSampleMessagesKeepTheContractOfATextAndAMessage(t *testing.T) {
	for _, s := range samples() {
		m := s.Message()
		if m.Mode != s.Mode || m.Bulletin.Mode != s.Mode || m.Bulletin.Declaration.Mode != s.Mode {
			t.Errorf("%v: modes %q, %q, %q; want all %q", s, m.Mode, m.Bulletin.Mode, m.Bulletin.Declaration.Mode, s.Mode)
		}
		if len(m.Texts) != 2 || m.Texts[0].Lang != templates.English || m.Texts[1].Lang != templates.Spanish {
			t.Fatalf("%v: %d texts, want English and Spanish", s, len(m.Texts))
		}
		for i, text := range m.Texts {
			mark := marks[s.Mode][i%len(marks[s.Mode])]
			lines := []string{text.Topic, text.Title}
			for _, p := range text.Parts {
				lines = append(lines, p.Brief, p.Headline, p.Short, p.Long)
				if len(p.Short) > 90 || len(p.Long) > 360 {
					t.Errorf("%v: %s: short has %d and long %d bytes, want at most 90 and 360", s, p.Name, len(p.Short), len(p.Long))
				}
			}
			for _, line := range lines {
				if leadingMark(line) != mark {
					t.Errorf("%v: %q starts with %q, want %q", s, line, leadingMark(line), mark)
				}
			}
			if len(text.Parts) != s.Towns || len(m.Bulletin.Facts.Advice) != s.Towns {
				t.Errorf("%v: %d parts and %d advices, want %d of both", s, len(text.Parts), len(m.Bulletin.Facts.Advice), s.Towns)
			}
		}
	}
}

func TestTheScriptPlaysEveryAnswerInOrder(t *testing.T) {
	accepted := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "taken") })
	for _, h2 := range []bool{false, true} {
		var script Script
		server := httptest.NewUnstartedServer(script.Wrap(accepted))
		server.EnableHTTP2 = h2
		server.StartTLS()
		t.Cleanup(server.Close)
		client := server.Client()
		client.Timeout = time.Second
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

		want := []struct {
			answer Answer
			status int  // 0 where no answer begins
			whole  bool // the body ends well
		}{
			{Accept, 200, true}, {Busy, 429, true}, {BusyFor, 429, true}, {Down, 500, true}, {Away, 503, true},
			{Moved, 307, true}, {Reject, 400, true}, {TooLarge, 413, true}, {Forbidden, 403, true}, {Unknown, 401, true},
			{Missing, 404, true}, {Over, 410, true}, {Reset, 0, false}, {Cut, 201, false}, {Silent, 0, false},
			{Stall, 201, false}, {Accept, 200, true},
		}
		for _, w := range want {
			script.Next(w.answer)
		}
		for _, w := range want {
			status, err := exchange(client, server.URL)
			if status != w.status || (err == nil) != w.whole {
				t.Errorf("HTTP/2 %v, %s: status %d, error %v; want status %d, whole %v", h2, w.answer, status, err, w.status, w.whole)
			}
		}
	}
}

func exchange(c *http.Client, url string) (int, error) {
	resp, err := c.Post(url, "text/plain", strings.NewReader("x"))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestALeadingMarkIsFoundBehindMarkup(t *testing.T) {
	tests := map[string]string{
		"DRILL: 911 outage": "DRILL", "**SIMULACRO: falla**": "SIMULACRO", "## TEST: x": "TEST", "PRUEBA": "PRUEBA",
		"911 outage DRILL": "", "": "", "Drill: x": "",
	}
	for line, want := range tests {
		if got := leadingMark(line); got != want {
			t.Errorf("leadingMark(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestOutcomesAreVerdicts(t *testing.T) {
	tests := []struct {
		err  error
		want Outcome
	}{
		{nil, Accepted},
		{errors.New("plain"), Later},
		{channels.As(channels.Refused, io.EOF), Refused},
		{fmt.Errorf("wrapped: %w", channels.As(channels.Gone, io.EOF)), Gone},
		{channels.As(channels.Broken, io.EOF), Broken},
		{channels.As(channels.Uncertain, io.EOF), Uncertain},
	}
	for _, tt := range tests {
		if got := outcome(tt.err); got != tt.want {
			t.Errorf("outcome(%v) = %s, want %s", tt.err, got, tt.want)
		}
	}
	if m := Message(outages.Drill); m.Mode != outages.Drill {
		t.Errorf("Message(drill) has mode %s", m.Mode)
	}
}
