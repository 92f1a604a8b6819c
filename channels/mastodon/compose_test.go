package mastodon

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/crowd/crowdtest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/outages"
	"callbox/templates"
)

const page = "https://callbox.example.org/o/o-2026-1113"

func message(mode outages.Mode, texts ...templates.Text) channels.Message {
	m := channeltest.Message(mode)
	m.Texts, m.Page = texts, page
	return m
}

// Promises 2 and 3, and the limits of servers, over texts of all sizes with hostile words.
func TestAThreadKeepsTheLimitAndEveryWordThatMustStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom(channeltest.Modes).Draw(t, "mode")
		m := message(mode, rapid.SliceOfN(crowdtest.Texts(mode), 1, 2).Draw(t, "texts")...)
		l := rapid.SampledFrom([]Limits{Usual, {Chars: 500, URL: 0}, {Chars: 5000, URL: 0}, {Chars: 1000, URL: 25}}).Draw(t, "limits")
		posts, err := Compose(m, l)
		if err != nil {
			t.Fatalf("Compose: %v", err)
		}
		threads := map[int][]string{}
		language := -1
		for i, p := range posts {
			if p.First {
				language++
			}
			threads[language] = append(threads[language], p.Status)
			length := utf8.RuneCountInString(p.Status)
			if l.URL > 0 {
				length = mastodontest.Count(p.Status, l.URL)
			}
			if length > l.Chars {
				t.Errorf("status %d has %d characters of %d:\n%s", i+1, length, l.Chars, p.Status)
			}
			if marked := regexp.MustCompile(`^(DRILL|SIMULACRO)`).MatchString(p.Status); marked != (mode != outages.Live) {
				t.Errorf("%s: %q", mode, p.Status)
			}
			if !strings.HasSuffix(p.Status, ": "+page+"#"+p.Marker) {
				t.Errorf("status %d has no link at its end:\n%s", i+1, p.Status)
			}
			if got := markerIn("<p>"+p.Status+"</p>", m.Key); got != p.Marker {
				t.Errorf("status %d is found as %q, want %q", i+1, got, p.Marker)
			}
		}
		for i, text := range m.Texts {
			checkThread(t, threads[i], text)
		}
	})
}

// checkThread checks that what may not be dropped stands, and that the links say how many numbers do not.
func checkThread(t *rapid.T, statuses []string, text templates.Text) {
	if len(statuses) == 0 || len(statuses) > MaxThread {
		t.Fatalf("a thread of %d statuses", len(statuses))
	}
	whole := strings.Join(statuses, "\n")
	// A clause may go on in the next status: compare the words.
	var body []string
	for _, s := range statuses {
		paragraphs := strings.Split(s, "\n\n")
		body = append(body, paragraphs[1:len(paragraphs)-1]...)
	}
	said := strings.Join(body, " ")
	for _, c := range append(append([]templates.Clause{}, text.Opening...), text.Closing...) {
		if c.Rank == templates.Keep && !strings.Contains(said, neutral(c.Text)) {
			t.Errorf("%q is missing of\n%s", c.Text, whole)
		}
	}
	missing := 0
	for _, p := range text.Parts {
		for _, n := range p.Numbers {
			if !strings.Contains(said, n.Local) {
				missing++
			}
		}
	}
	if said := strings.Count(whole, fmt.Sprintf("\n(+%d) ", missing)); said != len(statuses) && missing > 0 {
		t.Errorf("%d numbers are missing and %d of %d statuses say so", missing, said, len(statuses))
	}
}

func TestATextThatJustFitsIsOneStatusAndOneCharacterMoreIsTwo(t *testing.T) {
	text := func(n int) templates.Text {
		return templates.Text{Lang: "en", Topic: "911 outage", Title: "911 outage: Hartford", More: "More", Parts: []templates.Part{{
			Name: "Hartford", Clauses: []templates.Clause{{Text: strings.Repeat("x", n) + "."}, {Text: "Call 860-555-0101."}},
		}}}
	}
	used := len("911 outage: Hartford\n\n. Call 860-555-0101.\n\nMore: ") + Usual.URL
	for n, want := range map[int]int{Usual.Chars - used: 1, Usual.Chars - used + 1: 2} {
		posts, err := Compose(message(outages.Live, text(n)), Usual)
		if err != nil || len(posts) != want {
			t.Errorf("%d characters: %d statuses, %v; want %d", n, len(posts), err, want)
		}
	}
}

func TestStatusesReadByThemselves(t *testing.T) {
	m := channeltest.Sample{Mode: outages.Drill, Towns: 6}.Message()
	posts, err := Compose(m, Usual)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`DRILL: 911 outage: Connecticut (1/2)

Capitol Region Emergency Communications: since 2:45 PM calls to 911 do not go through.

West Hartford: call police 860-555-0101. Tell them where you are first. You can also text 911.

Newington: call police 860-555-0102. Tell them where you are first. You can also text 911.

Hartford: call police 860-555-0103. Tell them where you are first. You can also text 911.

Full list of numbers: ` + page + "#" + marker(m.Key, 1), `DRILL: 911 outage (2/2)

New Britain: call police 860-555-0104. Tell them where you are first. You can also text 911.

Wethersfield: call police 860-555-0105. Tell them where you are first. You can also text 911.

Rocky Hill: call police 860-555-0106. Tell them where you are first. You can also text 911.

Do not call 911 to test it. Next update by 3:45 PM.

Full list of numbers: ` + page + "#" + marker(m.Key, 2)}
	for i, w := range want {
		if posts[i].Status != w {
			t.Errorf("status %d:\n%s\nwant\n%s", i+1, posts[i].Status, w)
		}
	}
}

func TestASentenceThatGoesOnNamesItsPlaceAgain(t *testing.T) {
	text := templates.Text{Topic: "911 outage", Title: "911 outage", Parts: []templates.Part{
		{Name: "Hartford", Clauses: []templates.Clause{{Text: strings.Repeat("word ", 200) + "end."}, {Text: "Call 860-555-0101."}}},
		{Name: "Windsor", Clauses: []templates.Clause{{Text: "Windsor has no calls."}}},
	}}
	posts, err := Compose(message(outages.Live, text), Usual)
	if err != nil || len(posts) < 2 {
		t.Fatalf("%d statuses, %v; want several", len(posts), err)
	}
	for i, p := range posts {
		body := strings.Split(p.Status, "\n\n")[1]
		if !strings.HasPrefix(body, "Hartford: ") && !strings.HasPrefix(body, "Windsor") {
			t.Errorf("status %d begins without a place: %q", i+1, body)
		}
	}
}

func TestWhatNoServerCouldTakeIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		m channels.Message
		l Limits
	}{
		"no text":        {message(outages.Live), Usual},
		"no room at all": {channeltest.Message(outages.Live), Limits{Chars: 60, URL: 23}},
		"one long word":  {message(outages.Live, templates.Text{Topic: "x", Title: "x", Opening: []templates.Clause{{Text: strings.Repeat("x", 600)}}}), Usual},
	} {
		if posts, err := Compose(c.m, c.l); err == nil {
			t.Errorf("%s: %d statuses, want an error", name, len(posts))
		}
	}
	m := channeltest.Message(outages.Live)
	m.Page = ""
	if _, err := Compose(m, Usual); err == nil {
		t.Error("a message without a page was composed")
	}
}

func TestNothingTypedMentionsTagsOrLinks(t *testing.T) {
	_, server := stand(t)
	far := newSide(server)
	ch, _ := stand(t)
	for i, in := range crowdtest.Hostile {
		m := message(outages.Live, templates.Text{
			Lang: "en", Topic: "911 outage", Title: "911 outage: " + in, More: "More",
			Opening: []templates.Clause{{Text: in}, {Text: "(" + in + ")"}},
			Parts:   []templates.Part{{Name: in, Clauses: []templates.Clause{{Text: in}}}},
		})
		m.To, m.Key = far.to, fmt.Sprint(i)
		if _, err := ch.Send(t.Context(), m); err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		statuses := far.Statuses(far.to)
		st := statuses[len(statuses)-1]
		if len(st.Mentions)+len(st.Tags) != 0 || strings.Count(st.Text, "://") != 1 {
			t.Errorf("%q: mentions %v, tags %v, text %q", in, st.Mentions, st.Tags, st.Text)
		}
	}
	for in, want := range map[string]string{
		"Call 860-555-0101 at 2:45 PM.": "Call 860-555-0101 at 2:45 PM.",
		"@@alice #x ＃y":                 "@@ alice # x ＃ y",
		"see https://example.org/x":     "see https: //example.org/x",
		"población año":                 "población año",
	} {
		if got := neutral(in); got != want {
			t.Errorf("neutral(%q) = %q, want %q", in, got, want)
		}
	}
}
