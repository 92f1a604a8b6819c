package acceptance_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"callbox/channels"
	"callbox/channels/cap"
	"callbox/internal/desk"
	"callbox/internal/store"
	"callbox/internal/web/feed"
	"callbox/internal/web/pages"
	"callbox/internal/web/webtest"
)

// What becomes of a string that somebody typed.
const (
	sent    = "sent"    // it is told, and inert wherever it comes out
	stopped = "stopped" // a rule blocks it in the preview
	unfed   = "unfed"   // the rules of the feed block it; without a feed it is sent
	refused = "refused" // the screen does not take it
)

// hostile is a string that means harm somewhere, and what becomes of it.
type hostile struct{ text, fate string }

// corpus are such strings.
var corpus = []hostile{
	{`<script>alert(1)</script>`, unfed},
	{`"><img src=x onerror=alert(1)>`, unfed},
	{`&lt;script&gt;alert(1)&lt;/script&gt;`, unfed},
	{`' onmouseover='alert(1)`, sent},
	{`@everyone @here <@&1> <#2> @user@example.org #tag`, sent},
	{`**loud** ~~gone~~ ||hidden|| [here](example.org)`, sent},
	{`]]> & ]] >`, sent},
	{`]]><script>alert(1)</script><!--`, unfed},
	{`=HYPERLINK(1) +1 -1 @SUM(1)`, sent},
	{`%s %d \n \" \u0000`, sent},
	{"a\r\nBcc: victim@example.org", stopped},
	{"a\nb", stopped},
	{"a\x00b", stopped},
	{"a\u202eb", stopped},
	{"\u2066a\u2069b\u200b", stopped},
	{`{{.Secret}} ${x}`, stopped},
	{`see javascript://alert`, stopped},
	{strings.Repeat("x", 10_000), refused},
}

// acceptance check 12: a hostile string in every field of the declaration comes out inert everywhere, or not at all.
func TestHostileWordsComeOutInertEverywhere(t *testing.T) {
	s := newStage(t)
	s.fill(everywhere...)
	for _, c := range corpus {
		t.Run(fmt.Sprintf("%.30q", c.text), func(t *testing.T) {
			s.T = t
			s.tell(c.text, c.fate)
		})
	}
	s.T = t
}

// The rules of the feed refuse markup. Without them every other channel and page must stand alone.
func TestMarkupIsInertWhereThereIsNoFeed(t *testing.T) {
	s := newStage(t)
	s.Checks, s.Press.Feed = nil, nil
	s.fill(channels.Discord, channels.Mastodon)
	for _, c := range corpus {
		if c.fate != unfed {
			continue
		}
		t.Run(fmt.Sprintf("%.30q", c.text), func(t *testing.T) {
			s.T = t
			s.tell(c.text, sent)
		})
	}
	s.T = t
}

// The name of the agency stands in From headers, openings and feeds.
func TestAHostileAgencyNameComesOutInertEverywhere(t *testing.T) {
	s := newStage(t)
	s.fill(everywhere...)
	for _, c := range corpus[:len(corpus)-1] {
		t.Run(fmt.Sprintf("%.30q", c.text), func(t *testing.T) {
			s.T = t
			agency := s.Ada.Agency
			agency.Name = c.text
			if err := s.SaveAgency(t.Context(), agency); err != nil {
				return // that is refused even before
			}
			since := s.mark()
			preview := s.declare()
			s.inertPages(preview)
			d := s.draft(preview)
			if d.Findings.Blocked() {
				s.stays(preview)
				return
			}
			if c.fate == stopped && !strings.Contains(c.text, "://") { // links are made inert by each channel
				t.Error("it is not stopped")
			}
			s.inert(s.issue(preview), since)
		})
	}
	s.T = t
}

// tell types a string into every free field of a declaration and takes it as far as it goes.
func (s *stage) tell(text, fate string) {
	t := s.T
	t.Helper()
	since := s.mark()
	preview := s.declare()
	at := strings.TrimSuffix(preview, "/preview")
	typed := url.Values{"began": {"11:49 AM"}, "next": {"12:55 PM"}, "do": {"continue"}, "cause": {text}, "cause_by": {text}, "failed": {text},
		"n0-tel": {"203-555-0199"}, "n0-area": {"x-westport"}, "n0-for": {"fire"}, "n0-label": {text}, "n0-hours": {text},
		"w0-kind": {"station"}, "w0-area": {"x-westport"}, "w0-where": {text}}
	typed.Set("version", fmt.Sprint(s.draft(at).Version))
	w := s.ada.Post(at+"/help", typed)
	inertHTML(t, "the screen", w.Body.String())
	if fate == refused {
		s.want(w, http.StatusUnprocessableEntity)
		return
	}
	s.led(w)
	matrix := url.Values{"version": {fmt.Sprint(s.draft(at).Version)}, "g0-landline": {"down"}, "g0-landline-carriers": {text}, "g0-voip": {"working"}, "g0-wireless": {"working"}, "g0-text": {"working"}}
	for _, town := range towns {
		matrix.Add("g0-area", string(town.id))
	}
	s.led(s.ada.Post(at+"/what", matrix))
	s.inertPages(preview)
	if fate == stopped || fate == unfed {
		s.stays(preview)
		return
	}
	s.inert(s.issue(preview), since)
}

// stays checks that a draft cannot be submitted.
func (s *stage) stays(preview string) {
	s.T.Helper()
	page := s.want(s.ada.Get(preview), http.StatusOK)
	page = s.want(s.ada.Post(strings.TrimSuffix(preview, "/preview")+"/submit", s.consent(page)), http.StatusUnprocessableEntity)
	inertHTML(s.T, "the refusal", page)
	if d := s.draft(preview); d.State != store.DraftOpen {
		s.T.Errorf("the draft is %s, want it open", d.State)
	}
}

// inertPages looks at every screen of a draft.
func (s *stage) inertPages(preview string) {
	s.T.Helper()
	for _, screen := range []string{"/what", "/where", "/help", "/preview", "/preview?channel=email"} {
		inertHTML(s.T, screen, s.want(s.ada.Get(strings.TrimSuffix(preview, "/preview")+screen), http.StatusOK))
	}
}

// inert looks at what came out of a bulletin everywhere.
func (s *stage) inert(d desk.Draft, since mark) {
	s.inertMails(since)
	s.inertPushes(since)
	s.inertCrowds(since)
	if slices.Contains(s.outlets, channels.CAP) {
		s.inertFeeds(d.Outage)
	}
	p, err := pages.New(pages.Config{Desk: s.Desk, Base: webtest.Base, Now: s.Now})
	s.OK(err)
	s.OK(p.Refresh(s.T.Context()))
	for _, path := range []string{"/", "/outages/" + d.Outage, "/?zip=06880", "/es/outages/" + d.Outage} {
		inertHTML(s.T, path, s.want(webtest.Ask(s.T, p, "GET", path, ""), http.StatusOK))
	}
	inertHTML(s.T, "the draft that was issued", s.want(s.bob.Get("/console/live/drafts/"+d.ID+"/preview"), http.StatusOK))
}

// markup is what none of our pages and mails holds, but what somebody typed; what stands between the quotes of an
// attribute is left out of the search.
var (
	markup = regexp.MustCompile(`(?i)<script>|<img src=x|<[^>]*\son(error|mouseover)=`)
	quoted = regexp.MustCompile(`="[^"]*"`)
)

func inertHTML(t testing.TB, what, page string) {
	t.Helper()
	if m := markup.FindString(quoted.ReplaceAllString(page, `=""`)); m != "" {
		t.Errorf("%s holds %q", what, m)
	}
}

func (s *stage) inertMails(since mark) {
	t := s.T
	known := []string{"Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "Content-Language", "Date", "From", "In-Reply-To", "Importance", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
		"Message-Id", "Mime-Version", "Precedence", "Priority", "References", "Subject", "To", "X-Auto-Response-Suppress", "X-Priority"}
	for _, m := range s.far.mail.Mails()[since.mails:] {
		l := s.open(m)
		for name, values := range l.header {
			if !slices.Contains(known, name) || len(values) != 1 {
				t.Errorf("a mail has the header %s: %q", name, values)
			}
		}
		if from, err := mail.ParseAddressList(l.header.Get("From")); err != nil || len(from) != 1 || from[0].Address != "alerts@despp.example.gov" {
			t.Errorf("a mail is from %q (%v)", l.header.Get("From"), err)
		}
		if strings.ContainsFunc(l.subject, unicode.IsControl) {
			t.Errorf("the subject is %q", l.subject)
		}
		inertHTML(t, "a mail", l.rich)
	}
}

func (s *stage) inertPushes(since mark) {
	for _, n := range s.far.push.Received()[since.pushes:] {
		var p struct {
			Notification struct{ Title, Body, Navigate string }
		}
		d := json.NewDecoder(bytes.NewReader(n.Payload))
		s.OK(d.Decode(&p))
		if hidden(p.Notification.Title+p.Notification.Body) || !strings.HasPrefix(p.Notification.Navigate, webtest.Base) || d.More() {
			s.T.Errorf("a push is %s", n.Payload)
		}
	}
}

// hidden finds what changes the reading of a text, but for the line breaks between its paragraphs.
func hidden(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) })
}

// live finds what Discord would follow in a post: a mention, or marks that no backslash takes the meaning from.
var live = regexp.MustCompile(`@(everyone|here|user)|(^|[^\\])(<[@#]|\*\*loud|~~|\|\||\]\()`)

func (s *stage) inertCrowds(since mark) {
	t := s.T
	for _, m := range s.far.discord.Messages(s.far.hook)[since.posts:] {
		text := m.Content
		for _, e := range m.Embeds {
			text += "\n" + e.Title + "\n" + e.Description
		}
		if found := live.FindString(text); found != "" || hidden(text) {
			t.Errorf("a Discord post has %q:\n%q", found, text)
		}
		var posted struct {
			Mentions struct{ Parse []string } `json:"allowed_mentions"`
		}
		if err := json.Unmarshal(m.Posted, &posted); err != nil || posted.Mentions.Parse == nil || len(posted.Mentions.Parse) > 0 {
			t.Errorf("a Discord post allows the mentions %q (%v)", posted.Mentions.Parse, err)
		}
	}
	for _, st := range s.far.mastodon.Statuses(s.far.account)[since.statuses:] {
		if len(st.Mentions)+len(st.Tags) > 0 || strings.Count(st.Text, "://") != 1 || hidden(st.Text) {
			t.Errorf("a status mentions %q, has the tags %q, or links elsewhere: %q", st.Mentions, st.Tags, st.Text)
		}
	}
}

func (s *stage) inertFeeds(outage string) {
	t := s.T
	docs, err := s.Store.Shelf().Incident(t.Context(), outage)
	s.OK(err)
	for _, d := range docs {
		for _, e := range elements(t, d.XML) {
			if e.name == "script" || e.name == "img" || hidden(e.text) {
				t.Errorf("document %s has <%s>%q", d.Identifier, e.name, e.text)
			}
		}
		for _, f := range (cap.Rules{}).Check(d.XML) {
			if f.Block {
				t.Errorf("document %s: %+v", d.Identifier, f)
			}
		}
	}
	book, err := s.Book(t.Context())
	s.OK(err)
	f, err := feed.New(feed.Config{Shelf: s.Store.Shelf(), Atlas: func() feed.Atlas { return book }, Base: webtest.Base, Title: "911 outages", Author: s.Ada.Agency.Name, Now: s.Now})
	s.OK(err)
	for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml"} {
		for _, e := range elements(t, webtest.Ask(t, f, "GET", path, "").Body.Bytes()) {
			if e.name == "script" || e.name == "img" || hidden(e.text) {
				t.Errorf("%s has <%s>%q", path, e.name, e.text)
			}
			// Readers of RSS take titles and descriptions for HTML.
			if e.name == "title" || e.name == "description" {
				inertHTML(t, path+" <"+e.name+">", e.text)
			}
		}
	}
}

type element struct{ name, text string }

// elements reads XML strictly, and returns every element with its text.
func elements(t testing.TB, doc []byte) []element {
	t.Helper()
	var out []element
	var open []int
	for d := xml.NewDecoder(bytes.NewReader(doc)); ; {
		token, err := d.Token()
		if err == io.EOF && len(out) > 5 {
			return out
		}
		if err != nil {
			t.Fatalf("it is not XML, or empty: %v\n%.500s", err, doc)
		}
		switch x := token.(type) {
		case xml.StartElement:
			open = append(open, len(out))
			out = append(out, element{name: x.Name.Local})
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				out[open[len(open)-1]].text += string(x)
			}
		}
	}
}
