package push_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/push"
	"callbox/outages"
	"callbox/templates"
)

type sent struct {
	WebPush      int `json:"web_push"`
	Notification struct {
		Title, Body, Navigate, Lang, Dir, Tag string
		Renotify, RequireInteraction          bool
		Timestamp                             int64
		Data                                  map[string]any
	}
}

func compose(t *testing.T, m channels.Message) sent {
	t.Helper()
	b, err := push.Compose(m)
	if err != nil {
		t.Fatalf("Compose: %v", err)
	}
	if len(b) > push.MaxPayload {
		t.Errorf("the payload has %d bytes, want at most %d", len(b), push.MaxPayload)
	}
	var s sent
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatalf("the payload is not JSON: %v", err)
	}
	return s
}

func TestThePayloadIsADeclarativePush(t *testing.T) {
	m := channeltest.Message(outages.Live)
	got := compose(t, m)
	if got.WebPush != 8030 {
		t.Errorf("web_push is %d, want 8030", got.WebPush)
	}
	n := got.Notification
	if n.Tag == "" || n.Timestamp != channeltest.Now.UnixMilli() {
		t.Errorf("tag %q, timestamp %d; want a tag and %d", n.Tag, n.Timestamp, channeltest.Now.UnixMilli())
	}
	n.Tag, n.Timestamp = "", 0
	want := sent{}.Notification
	want.Title, want.Navigate, want.Lang, want.Dir = m.Texts[0].Title, m.Page, "en", "ltr"
	want.Renotify, want.RequireInteraction = true, true
	want.Body = "West Hartford: call police 860-555-0101.\n" +
		"Capitol Region Emergency Communications: since 2:45 PM calls to 911 do not go through. " +
		"Tell them where you are first. You can also text 911. " +
		"Do not call 911 to test it. Next update by 3:45 PM."
	want.Data = map[string]any{"outage": "o-2026-1113", "seq": 1.0, "mode": "live", "leave": m.Leave}
	if diff := cmp.Diff(want, n); diff != "" {
		t.Errorf("notification (-want +got):\n%s", diff)
	}
}

func TestTheBestLanguageIsSent(t *testing.T) {
	m := channeltest.Message(outages.Drill)
	m.Texts = []templates.Text{m.Texts[1], m.Texts[0]}
	n := compose(t, m).Notification
	if n.Lang != "es" || !strings.HasPrefix(n.Title, "SIMULACRO") || !strings.HasPrefix(n.Body, "SIMULACRO") {
		t.Errorf("lang %q, title %q; want Spanish, as the first text", n.Lang, n.Title)
	}
}

func TestAnAllClearDoesNotStayOnTheScreen(t *testing.T) {
	m := channeltest.Sample{Kind: outages.AllClear, Seq: 2}.Message()
	if n := compose(t, m).Notification; n.RequireInteraction || !strings.Contains(n.Body, "911 works again") {
		t.Errorf("requireInteraction %v, body %q; want an all-clear that may go", n.RequireInteraction, n.Body)
	}
}

// Promise 5: a newer bulletin of an outage replaces the older one; a drill never replaces a live one.
func TestTheTagFollowsTheOutageAndItsMode(t *testing.T) {
	tag := func(s channeltest.Sample) string { return compose(t, s.Message()).Notification.Tag }
	first := tag(channeltest.Sample{})
	if got := tag(channeltest.Sample{Seq: 2, Kind: outages.Update}); got != first {
		t.Errorf("the update's tag is %q, want %q as the alert's", got, first)
	}
	if got := tag(channeltest.Sample{Outage: "o-2"}); got == first {
		t.Error("another outage has the same tag")
	}
	if got := tag(channeltest.Sample{Mode: outages.Drill}); got == first {
		t.Error("a drill has the tag of a live outage")
	}
}

func TestWhatMayBeDroppedGoesFirst(t *testing.T) {
	m := channeltest.Message(outages.Live)
	filler := strings.Repeat("Words that may go. ", 15)
	m.Texts[0].Closing = append(m.Texts[0].Closing, templates.Clause{Text: filler, Rank: 4})
	body := compose(t, m).Notification.Body
	for _, want := range []string{"860-555-0101", "Next update by 3:45 PM.", "Do not call 911 to test it."} {
		if !strings.Contains(body, want) {
			t.Errorf("the body %q misses %q", body, want)
		}
	}
	if strings.Contains(body, "may go") {
		t.Errorf("the body kept the clause of the highest rank: %q", body)
	}
}

// Promise 2: of an area that is named, the number is there; of the others it is said that they are many.
func TestTooManyAreasAreCounted(t *testing.T) {
	for _, towns := range []int{2, 12, 40, 90} {
		m := channeltest.Sample{Towns: towns, Mode: outages.Drill}.Message()
		lines := strings.Split(compose(t, m).Notification.Body, "\n")
		named, counted := 0, 0
		for _, line := range lines {
			switch {
			case strings.HasPrefix(line, "DRILL: ") && strings.Contains(line, ": call police 860-555-01"):
				named++
			case strings.HasSuffix(line, ": Full list of numbers"):
				if _, err := fmt.Sscanf(line, "+%d:", &counted); err != nil {
					t.Errorf("%d towns: the line %q does not count", towns, line)
				}
			case !strings.Contains(line, "Next update by 3:45 PM."):
				t.Errorf("%d towns: unexpected line %q", towns, line)
			}
		}
		if named == 0 || named+counted != towns {
			t.Errorf("%d towns: %d named and %d counted, want all, and some named", towns, named, counted)
		}
	}
}

func TestWhatCannotFitIsRefused(t *testing.T) {
	tests := map[string]func(m *channels.Message){
		"no text":             func(m *channels.Message) { m.Texts = nil },
		"no area":             func(m *channels.Message) { m.Texts[0].Parts = nil }, // promise 1
		"an area without end": func(m *channels.Message) { m.Texts[0].Parts[0].Brief = strings.Repeat("ñ", 1300) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			m := channeltest.Message(outages.Live)
			spoil(&m)
			if b, err := push.Compose(m); err == nil {
				t.Errorf("Compose made %d bytes, want an error", len(b))
			}
		})
	}
}

// Promise 2: with a number it says to tell them first where one is, once for all areas.
func TestWhatTheAreasHaveInCommonIsSaidOnce(t *testing.T) {
	m := channeltest.Sample{Towns: 3}.Message()
	body := compose(t, m).Notification.Body
	if n := strings.Count(body, "Tell them where you are first."); n != 1 {
		t.Errorf("the body %q says %d times where to begin, want once", body, n)
	}
	for _, local := range []string{"860-555-0101", "860-555-0102", "860-555-0103"} {
		if n := strings.Count(body, local); n != 1 {
			t.Errorf("the body %q has %s %d times, want once", body, local, n)
		}
	}
}

func TestAPartWithoutABriefFormIsSaidInFull(t *testing.T) {
	m := channeltest.Sample{Mode: outages.Drill, Towns: 2}.Message()
	m.Texts[0].Parts[0].Brief = ""
	body := compose(t, m).Notification.Body
	want := "DRILL West Hartford: West Hartford: call police 860-555-0101. Tell them where you are first. You can also text 911.\n"
	if !strings.HasPrefix(body, want) {
		t.Errorf("the body is %q, want it to start with %q", body, want)
	}
}

func TestTheTextIsNotEscapedForPages(t *testing.T) {
	m := channeltest.Message(outages.Live)
	m.Texts[0].Title = "<Fire & police>"
	b, err := push.Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), m.Texts[0].Title) || !utf8.Valid(b) {
		t.Errorf("payload %s, want the title %q as it is", b, m.Texts[0].Title)
	}
}
