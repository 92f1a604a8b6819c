package email_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/email"
	"callbox/outages"
	"callbox/templates"
)

var sender = email.Sender{Address: "alerts@alerts.example.gov", Host: "alerts.example.gov"}

func compose(t *testing.T, m channels.Message) []byte {
	t.Helper()
	b, err := email.Compose(m, sender)
	if err != nil {
		t.Fatalf("Compose: %v", err)
	}
	return b
}

func TestEveryHeaderSaysWhatItsStandardAsks(t *testing.T) {
	m := message("o-2026-1113.2.17")
	p := mustParse(t, compose(t, m))
	for name, want := range map[string]string{
		"From":                     `"Capitol Region Emergency Communications" <alerts@alerts.example.gov>`,
		"To":                       resident,
		"Date":                     "Fri, 13 Nov 2026 20:05:00 +0000",
		"Message-Id":               "<o-2026-1113.2.17@alerts.example.gov>",
		"In-Reply-To":              "<outage.o-2026-1113@alerts.example.gov>",
		"References":               "<outage.o-2026-1113@alerts.example.gov>",
		"List-Id":                  "<live.capitol.alerts.example.gov>",
		"List-Unsubscribe":         "<" + m.Leave + ">",
		"List-Unsubscribe-Post":    "List-Unsubscribe=One-Click",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "OOF, AutoReply",
		"Content-Language":         "en, es",
		"Mime-Version":             "1.0",
		"Precedence":               "",
	} {
		if got := p.head.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if when, err := p.head.Date(); err != nil || !when.Equal(channeltest.Now) {
		t.Errorf("Date reads %v, %v; want %v", when, err, channeltest.Now)
	}
}

func TestAnOutletsMailHasNoLinkToStop(t *testing.T) {
	m := message("k")
	m.Leave = ""
	raw := compose(t, m)
	p := mustParse(t, raw)
	for _, name := range []string{"List-Unsubscribe", "List-Unsubscribe-Post"} {
		if got := p.head.Get(name); got != "" {
			t.Errorf("%s is %q, want none", name, got)
		}
	}
	if strings.Contains(p.plain+p.html, m.Texts[0].Leave) || bytes.Contains(raw, []byte("callbox-mark")) {
		t.Errorf("the mail speaks of a link to stop:\n%s", p.plain)
	}
}

func TestTheSameMessageIsTheSameBytes(t *testing.T) {
	m := message("k")
	first := compose(t, m)
	for range 5 {
		if diff := cmp.Diff(string(first), string(compose(t, m))); diff != "" {
			t.Fatalf("Compose differs from its first result:\n%s", diff)
		}
	}
}

// Promise 15: preview is the wire, also for the mails that come from a form already rendered.
func TestASplicedMailEqualsARenderedOne(t *testing.T) {
	c := open(t, settings(email.Relay{Host: "127.0.0.1", Port: 1, TLS: email.Insecure}))
	long := "https://callbox.example.org/leave/" + strings.Repeat("a=b&", 200)
	for i, leave := range []string{"https://callbox.example.org/leave/x", "https://callbox.example.org/l?t=1&u='=", long} {
		m := message(fmt.Sprintf("k%d", i))
		m.To, m.Leave = fmt.Sprintf("resident%d@example.net", i), leave
		got, err := c.Compose(m)
		if err != nil {
			t.Fatalf("Compose: %v", err)
		}
		if diff := cmp.Diff(string(compose(t, m)), string(got)); diff != "" {
			t.Errorf("spliced mail %d differs (-rendered +spliced):\n%s", i, diff)
		}
		p := mustParse(t, got)
		if !strings.Contains(p.plain, "\n"+leave+"\n") {
			t.Errorf("the plain text lacks the link %q:\n%s", leave, p.plain)
		}
		escaped := strings.NewReplacer("&", "&amp;", "'", "&#39;").Replace(leave)
		if !strings.Contains(p.html, `href="`+escaped+`"`) {
			t.Errorf("the HTML lacks the link %q:\n%s", escaped, p.html)
		}
	}
}

func TestNoLineIsTooLong(t *testing.T) {
	m := message("k")
	m.Leave = "https://callbox.example.org/leave/" + strings.Repeat("x", 700)
	m.Texts[0].Opening = []templates.Clause{{Text: strings.Repeat("palabra ", 400) + strings.Repeat("í", 3000)}}
	m.Bulletin.Facts.Speaker.Name = strings.Repeat("Comunicaciones de Emergencia de la Región ", 4)
	raw := compose(t, m)
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(body, []byte("\r\n")) {
		if len(line) > 76 { // RFC 2045 section 6.7
			t.Errorf("a body line has %d characters, want at most 76: %q", len(line), line)
		}
	}
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		limit := 78 // RFC 5322 section 2.1.1
		if bytes.HasPrefix(line, []byte("List-Unsubscribe: ")) {
			limit = 998
		}
		if len(line) > limit {
			t.Errorf("a header line has %d characters, want at most %d: %q", len(line), limit, line)
		}
	}
	if i := bytes.IndexFunc(raw, func(r rune) bool { return r > 0x7e || r < ' ' && r != '\r' && r != '\n' }); i >= 0 {
		t.Errorf("byte %d is not printable ASCII: %q", i, raw[max(0, i-20):i+20])
	}
	if n := bytes.Count(raw, []byte("\n")); n != bytes.Count(raw, []byte("\r\n")) {
		t.Error("some line ends without a carriage return")
	}
	if p := mustParse(t, raw); !strings.Contains(p.plain, strings.Repeat("í", 3000)) {
		t.Error("the long line did not survive")
	}
}

func TestTheSubjectFitsAndKeepsItsMark(t *testing.T) {
	long := "DRILL: 911 outage: " + strings.Repeat("Very Long Town Name ", 6)
	for name, c := range map[string]struct {
		titles, topics []string
		want           string
	}{
		"one language":      {[]string{"911 outage: Westport"}, []string{"911 outage"}, "911 outage: Westport"},
		"two languages":     {[]string{"911 outage: Westport", "Falla del 911: Westport"}, []string{"911 outage", "Falla del 911"}, "911 outage: Westport / Falla del 911: Westport"},
		"accents":           {[]string{"Interrupción del 911: Cañón"}, []string{"x"}, "Interrupción del 911: Cañón"},
		"looks encoded":     {[]string{"=?utf-8?q?911?= works"}, []string{"x"}, "=?utf-8?q?911?= works"},
		"places do not fit": {[]string{strings.Repeat("a", 60), strings.Repeat("b", 60)}, []string{"A", "B"}, strings.Repeat("a", 60) + " / B"},
		"only the topic":    {[]string{long}, []string{"DRILL: 911 outage"}, "DRILL: 911 outage"},
		"nothing fits":      {[]string{long}, []string{long}, string([]rune(long)[:119]) + "…"},
		"line breaks":       {[]string{"911\r\nBcc: x@example.org"}, []string{"x"}, "911  Bcc: x@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			m := message("k")
			m.Texts = nil
			for i := range c.titles {
				m.Texts = append(m.Texts, templates.Text{Lang: "en", Title: c.titles[i], Topic: c.topics[i]})
			}
			p := mustParse(t, compose(t, m))
			want := strings.Join(strings.Fields(c.want), " ") // folding may join spaces
			if got := strings.Join(strings.Fields(p.subject), " "); got != want {
				t.Errorf("subject is %q, want %q", got, want)
			}
			if n := utf8.RuneCountInString(p.subject); n > 120 {
				t.Errorf("subject has %d characters, want at most 120", n)
			}
		})
	}
}

func TestANumberIsALinkThatDials(t *testing.T) {
	m := channeltest.Sample{Towns: 2}.Message()
	m.To = resident
	p := mustParse(t, compose(t, m))
	for _, text := range m.Texts {
		for _, part := range text.Parts {
			for _, n := range part.Numbers {
				want := fmt.Sprintf(`<a href="tel:%s">%s</a>`, n.Tel, n.Local)
				if !strings.Contains(p.html, want) {
					t.Errorf("the HTML lacks %s", want)
				}
				if !strings.Contains(p.plain, n.Local) {
					t.Errorf("the plain text lacks %s", n.Local)
				}
			}
		}
		if want := fmt.Sprintf(`<div lang="%s"`, text.Lang); !strings.Contains(p.html, want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
}

func TestTheHTMLLoadsNothingAndRunsNothing(t *testing.T) {
	p := mustParse(t, compose(t, message("k")))
	for _, tag := range []string{"<img", "<script", "<link", "<iframe", "src=", "url(", "@import", "<form"} {
		if strings.Contains(strings.ToLower(p.html), tag) {
			t.Errorf("the HTML contains %s", tag)
		}
	}
}

// hostile are values that try to leave their place.
var hostile = []string{
	"x\r\nBcc: victim@example.org", "x\nBcc: victim@example.org", "x\rBcc: y", "x\r\n\r\nnew body", "x\r\n.\r\nMAIL FROM:<a@example.org>",
	"<script>alert(1)</script>", `"><a href="javascript:alert(1)">`, "callbox-mark-leave-plain", "callbox-mark-leave-html", "=?utf-8?q?x?=",
	"a, b <evil@example.org>", "\x00", "\u2028", "{{.}}", "=\r\n--=_boundary--",
}

func TestHostileWordsStayWhereTheyStand(t *testing.T) {
	fields := map[string]func(m *channels.Message, s string){
		"title":   func(m *channels.Message, s string) { m.Texts[0].Title = s },
		"clause":  func(m *channels.Message, s string) { m.Texts[0].Parts[0].Clauses[0].Text = s },
		"number":  func(m *channels.Message, s string) { m.Texts[0].Parts[0].Numbers[0].Local = s },
		"tel":     func(m *channels.Message, s string) { m.Texts[0].Parts[0].Numbers[0].Tel = "+1" },
		"area":    func(m *channels.Message, s string) { m.Texts[0].Parts[0].Name = s },
		"opening": func(m *channels.Message, s string) { m.Texts[0].Opening = []templates.Clause{{Text: s}} },
		"lang":    func(m *channels.Message, s string) { m.Texts[0].Lang = templates.Lang(s) },
		"agency":  func(m *channels.Message, s string) { m.Bulletin.Facts.Speaker.Name = s },
		"speaker": func(m *channels.Message, s string) { m.Bulletin.Facts.Speaker.ID = s },
		"outage":  func(m *channels.Message, s string) { m.Bulletin.Outage = s },
		"key":     func(m *channels.Message, s string) { m.Key = s },
		"mode":    func(m *channels.Message, s string) { m.Mode = outages.Mode(s) },
	}
	plain := mustParse(t, compose(t, message("k")))
	active := regexp.MustCompile(`(?i)<script|<[^>]*=\s*["']?javascript:|<[^>]*\son[a-z]+=`)
	for field, set := range fields {
		for _, value := range hostile {
			m := message("k")
			set(&m, value)
			raw, err := email.Compose(m, sender)
			if err != nil {
				continue // refusing is right too
			}
			p, err := parse(raw)
			if err != nil {
				t.Errorf("%s %q: the mail cannot be parsed: %v", field, value, err)
				continue
			}
			if len(p.head) != len(plain.head) {
				t.Errorf("%s %q: the mail has %d headers, want %d: %v", field, value, len(p.head), len(plain.head), p.head)
			}
			if from, err := p.head.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != sender.Address {
				t.Errorf("%s %q: From is %v, %v", field, value, from, err)
			}
			if found := active.FindString(p.html); found != "" {
				t.Errorf("%s %q: the HTML has %q", field, value, found)
			}
		}
	}
}

// Promise 1 asks for a destination; a bad one is refused before anything is made.
func TestABadDestinationOrLinkIsRefused(t *testing.T) {
	for name, change := range map[string]func(*channels.Message){
		"no address":        func(m *channels.Message) { m.To = "" },
		"two addresses":     func(m *channels.Message) { m.To = "a@example.org,b@example.org" },
		"a header":          func(m *channels.Message) { m.To = "a@example.org\r\nBcc: b@example.org" },
		"a command":         func(m *channels.Message) { m.To = "a@example.org> SIZE=1" },
		"a script link":     func(m *channels.Message) { m.Leave = "javascript:alert(1)" },
		"a broken link":     func(m *channels.Message) { m.Leave = "https://example.org/\r\nX: y" },
		"a link that ends":  func(m *channels.Message) { m.Leave = "https://example.org/>, <mailto:a@example.org" },
		"a bad page":        func(m *channels.Message) { m.Page = "https://example.org/ x" },
		"no texts":          func(m *channels.Message) { m.Texts = nil },
		"no key":            func(m *channels.Message) { m.Key = "" },
		"a link with marks": func(m *channels.Message) { m.Texts[0].Closing = []templates.Clause{{Text: "callbox-mark-leave-plain"}} },
	} {
		t.Run(name, func(t *testing.T) {
			m := message("k")
			change(&m)
			if raw, err := email.Compose(m, sender); err == nil {
				t.Errorf("Compose made a mail, want an error:\n%s", raw)
			}
		})
	}
}

func TestALaterBulletinThreadsWithTheFirst(t *testing.T) {
	first, second := message("a"), message("b")
	second.Bulletin.Seq = 2
	second.Bulletin.Issued = second.Bulletin.Issued.Add(time.Hour)
	a, b := mustParse(t, compose(t, first)), mustParse(t, compose(t, second))
	if a.head.Get("References") != b.head.Get("References") || a.head.Get("Message-Id") == b.head.Get("Message-Id") {
		t.Errorf("references %q and %q, want the same; names %q and %q, want two",
			a.head.Get("References"), b.head.Get("References"), a.head.Get("Message-Id"), b.head.Get("Message-Id"))
	}
}
