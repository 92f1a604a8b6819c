package cap

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/outages"
)

// anyOutage draws a story of bulletins: kinds in their order, towns, changes, states and times.
func anyOutage(t *rapid.T) []channels.Message {
	mode := rapid.SampledFrom(channeltest.Modes).Draw(t, "mode")
	towns := rapid.SampledFrom([]int{1, 1, 2, 2, 3, 9}).Draw(t, "towns")
	kinds := []outages.Kind{outages.Alert}
	for range rapid.IntRange(0, 1).Draw(t, "updates") {
		kinds = append(kinds, rapid.SampledFrom([]outages.Kind{outages.Update, outages.Renewal}).Draw(t, "kind"))
	}
	if rapid.Bool().Draw(t, "ends") {
		kinds = append(kinds, rapid.SampledFrom([]outages.Kind{outages.AllClear, outages.Retract}).Draw(t, "end"))
	}
	var out []channels.Message
	minutes := 0
	for i, kind := range kinds {
		m := message(channeltest.Sample{Mode: mode, Kind: kind, Towns: towns, Seq: i + 1}, minutes)
		for n := range m.Bulletin.Facts.Advice {
			a := &m.Bulletin.Facts.Advice[n]
			changes := []outages.Change{outages.New}
			if i > 0 {
				changes = []outages.Change{outages.New, outages.Changed, outages.Unchanged, outages.Ended}
			}
			a.Change = rapid.SampledFrom(changes).Draw(t, "change")
			a.Standing[0].State = rapid.SampledFrom([]outages.State{outages.Down, outages.Intermittent, outages.Delayed, outages.Rerouted, outages.Working}).Draw(t, "state")
			a.Standing[0].Service = rapid.SampledFrom([]outages.Service{outages.Voice, outages.Text, outages.Admin}).Draw(t, "service")
			a.Standing[0].Confidence = rapid.SampledFrom([]outages.Confidence{"", outages.Suspected}).Draw(t, "confidence")
		}
		if kind == outages.Renewal {
			m.Bulletin.Facts.Advice[0].Change = outages.Unchanged // something is left to renew
		}
		out = append(out, m)
		minutes += rapid.IntRange(-30, 600).Draw(t, "minutes") // clocks are set back at times
	}
	return out
}

// Rules 1 to 13: what is composed of any outage keeps them.
func TestRules01To13AnyOutageIsPublishedByTheRules(t *testing.T) {
	book := sketch{atlas(t)}
	rapid.Check(t, func(t *rapid.T) {
		shelf := &Memory{}
		c, err := New(Config{Shelf: shelf, Atlas: book})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range anyOutage(t) {
			if _, err := c.Send(context.Background(), m); err != nil {
				t.Fatalf("bulletin %d, %s: %v", m.Bulletin.Seq, m.Bulletin.Kind, err)
			}
		}
		for _, d := range shelf.docs {
			a, err := Parse(d.XML)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Marshal(); !bytes.Equal(got, d.XML) {
				t.Errorf("written again it is\n%s\nnot\n%s", got, d.XML)
			}
		}
	})
}

// hostile are texts that an official, an import or an attacker may give.
var hostile = []string{
	"<script>alert(1)</script>", "]]>", "<![CDATA[x]]>", "<!-- -->", "&amp;", "&lt;b&gt;", "&#0;", "<?xml?>", `"'`, "\x00\x01\x1f",
	"\u202eabc", "\u200b\ufeff", "a\r\nb", "\xff\xfe", "e\u0301", "\ufffe\uffff", "\U0001F6A8", "</alert>", "</instruction><web>x</web>",
	"911", strings.Repeat("x", 100_000), strings.Repeat("\n", 1000), "{}|\\^~[]", "\u2028\u2029", "%s%d", "../../etc/passwd",
}

// everywhere puts a text into every free field of a message.
func everywhere(m *channels.Message, text string) {
	s := &m.Bulletin.Facts.Speaker
	s.Name += text
	for i := range m.Texts {
		t := &m.Texts[i]
		t.Title += text
		t.More += text
		for j := range t.Opening {
			t.Opening[j].Text += text
		}
		for j := range t.Closing {
			t.Closing[j].Text += text
		}
		for j := range t.Parts {
			p := &t.Parts[j]
			p.Name += text
			p.Headline += text
			p.Short += text
			p.Long += text
			for k := range p.Clauses {
				p.Clauses[k].Text += text
			}
		}
	}
}

// checkHostile publishes a text in every free field: it is refused, and Lint has said so, or the document
// is sound.
func checkHostile(t interface{ Errorf(string, ...any) }, book Atlas, text string, towns int) {
	shelf := &Memory{}
	c, err := New(Config{Shelf: shelf, Atlas: book, Press: Press{Source: text, Contact: text}})
	if err != nil {
		t.Errorf("New: %v", err)
		return
	}
	m := message(channeltest.Sample{Towns: towns}, 0)
	everywhere(&m, text)
	findings, err := c.Lint(context.Background(), m)
	if err != nil {
		t.Errorf("Lint of %.40q: %v", text, err)
	}
	_, err = c.Send(context.Background(), m)
	if refused := err != nil; refused != (len(blocking(findings)) > 0) {
		t.Errorf("%.40q: Lint blocks by %q, Send says %v", text, blocking(findings), err)
	}
	for _, d := range shelf.docs {
		a, err := Parse(d.XML)
		if err != nil || !utf8.Valid(d.XML) {
			t.Errorf("%.40q: published what cannot be read: %v", text, err)
			continue
		}
		if again := a.Marshal(); !bytes.Equal(again, d.XML) {
			t.Errorf("%.40q: reads as another document:\n%s\n%s", text, d.XML, again)
		}
		if len(a.Infos) != 2 || a.Infos[0].Web != m.Page {
			t.Errorf("%.40q: broke out of its element: %d infos, web %q", text, len(a.Infos), a.Infos[0].Web)
		}
	}
}

func TestRule13HostileTextIsRefusedOrHarmless(t *testing.T) {
	book := sketch{atlas(t)}
	for i, text := range hostile {
		checkHostile(t, book, text, 1)
		if i%4 == 0 && len(text) < 1000 { // nine groups take ten times as long, and treat a text as one does
			checkHostile(t, book, text, 9)
		}
	}
}

func FuzzTexts(f *testing.F) {
	book := sketch{atlas(f)}
	for _, text := range hostile {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 5000 {
			return
		}
		checkHostile(t, book, text, 1)
	})
}

// Rule 2: no outage makes a name that another has, or one that leaves its folder.
func TestRule02NamesOfDifferentBulletinsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z0-9][a-z0-9.-]{0,8}`)
		name := func(outage string, seq, group int) string {
			if group == 0 {
				return Identifier(outage, seq)
			}
			return Identifier(outage, seq) + "." + string(rune('0'+group))
		}
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		as, bs := rapid.IntRange(1, 12).Draw(t, "as"), rapid.IntRange(1, 12).Draw(t, "bs")
		ag, bg := rapid.IntRange(0, 8).Draw(t, "ag"), rapid.IntRange(0, 8).Draw(t, "bg")
		if same := a == b && as == bs && ag == bg; (name(a, as, ag) == name(b, bs, bg)) != same {
			t.Errorf("%s and %s", name(a, as, ag), name(b, bs, bg))
		}
	})
}

// Rule 3: a stamp is read as the moment that was written.
func TestRule03StampsKeepTheirMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := channeltest.Now.Unix() + rapid.Int64Range(-1e8, 1e8).Draw(t, "seconds")
		zone := rapid.SampledFrom([]string{"America/New_York", "America/Denver", "Pacific/Guam", "UTC"}).Draw(t, "zone")
		l, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		stamp := stampOf(time.Unix(at, 0).In(l))
		if got := stamp.Time().Unix(); got != at {
			t.Errorf("%s reads as %d, want %d", stamp, got, at)
		}
	})
}
