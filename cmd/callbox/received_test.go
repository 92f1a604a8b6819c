package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/cap"
	"callbox/channels/email/mailtest"
	"callbox/internal/stories"
)

// reader is one resident with one address and one language.
type reader struct {
	channel channels.Name
	zips    string
	lang    string
	address string          // the destination
	device  int             // of the push service
	heldBy  map[string]bool // the outages whose alert was put off: neither it nor the end may come later
}

func (s *stage) newReader(channel channels.Name, zips, lang string) *reader {
	r := &reader{channel: channel, zips: zips, lang: lang, heldBy: map[string]bool{}}
	if channel == channels.Push {
		r.device = s.far.push.Devices()
		r.address = s.far.push.Subscribe(s.cfg.Push.PublicKey)
	} else {
		r.address = strings.ReplaceAll(zips, " ", ".") + "." + lang + "@example.org"
	}
	return r
}

// reads reports whether a step speaks to the reader.
func (r *reader) reads(step stories.Step) bool {
	return slices.ContainsFunc(step.Expect, func(l stories.Line) bool { return zipsOf(l) == r.zips && !l.Nothing && !l.Untold })
}

// crowd is an outlet's far sides.
type crowd struct{ key, hook, account string }

func zipsOf(l stories.Line) string {
	var zips []string
	for _, z := range l.ZIPs {
		zips = append(zips, string(z))
	}
	return strings.Join(zips, " ")
}

func csvOf(rows [][]string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // into memory
	return b.String()
}

// counts are how much the far sides have received so far.
type counts struct{ relay, mails, pushes, posts, statuses int }

func (s *stage) received() counts {
	return counts{s.relay.Count(), s.far.mail.Count(), len(s.far.push.Received()), s.far.discord.Counts().Posts, s.far.mastodon.Counts().Posts}
}

// message is what one reader sees of one message, as its program opens it.
type message struct {
	full  string // all that is told
	short string // what a lock screen or a subject line shows; it need not say everything
}

// read checks what the readers of a line received during a step.
func (s *stage) read(t *testing.T, before counts, step stories.Step, line stories.Line) {
	for _, lang := range []string{"en", "es"} {
		words := line.English
		if lang == "es" {
			words = line.Spanish
		}
		for _, r := range s.people {
			if r.zips != zipsOf(line) || r.lang != lang {
				continue
			}
			got := s.messages(t, r, before)
			switch {
			case line.Nothing || line.Untold || r.heldBy[step.Outage]:
				if len(got) > 0 {
					t.Errorf("%s in %s: got %q, want nothing", r.channel, lang, got)
				}
			case len(got) != 1:
				t.Errorf("%s in %s: got %d messages, want 1", r.channel, lang, len(got))
			default:
				checkMessage(t, got[0], line, words)
			}
		}
		for _, c := range s.crowds {
			if c.key == strings.Join(line.Crowd, " ") {
				s.readCrowd(t, c, before, lang, line, words)
			}
		}
	}
}

func (s *stage) readCrowd(t *testing.T, c *crowd, before counts, lang string, line stories.Line, words stories.Words) {
	posts := s.far.discord.Messages(c.hook)
	if len(posts) == 0 || !posts[len(posts)-1].At.Equal(s.at) {
		t.Fatal("discord: got no post of this step")
	}
	embeds := posts[len(posts)-1].Embeds
	i := slices.Index([]string{"en", "es"}, lang)
	if len(embeds) != 2 {
		t.Fatalf("discord: got %d embeds, want one in each language", len(embeds))
	}
	text := embeds[i].Title + "\n" + embeds[i].Description
	checkMessage(t, message{full: text}, line, words)

	var thread []string
	for _, st := range s.far.mastodon.Statuses(c.account) {
		if st.Language == lang && st.At.Equal(s.at) {
			thread = append(thread, st.Text)
		}
	}
	if len(thread) == 0 || line.Statuses > 0 && len(thread) > line.Statuses {
		t.Errorf("mastodon: got a thread of %d statuses in %s, want 1 to %d", len(thread), lang, line.Statuses)
	}
	checkMessage(t, message{full: strings.Join(thread, "\n")}, line, words)
}

// checkMessage holds what was received against a line: its numbers exactly, its phrases without regard to
// case.
func checkMessage(t *testing.T, got message, line stories.Line, words stories.Words) {
	t.Helper()
	all := strings.Join(strings.Fields(got.full+" "+got.short), " ")
	if line.Numbers != nil {
		have, want := telephones(all), distinct(*line.Numbers)
		if !slices.Equal(have, want) {
			t.Errorf("got\n%s\nwith the numbers %v, want exactly %v", all, have, want)
		}
	}
	for _, phrase := range words.Must {
		if got.full != "" && !strings.Contains(strings.ToLower(all), strings.ToLower(phrase)) {
			t.Errorf("got\n%s\nwant %q in it", all, phrase)
		}
	}
	for _, phrase := range words.MustNot {
		if strings.Contains(strings.ToLower(all), strings.ToLower(phrase)) {
			t.Errorf("got\n%s\nwant no %q in it", all, phrase)
		}
	}
}

// messages opens what a reader received since a moment.
func (s *stage) messages(t *testing.T, r *reader, since counts) []message {
	var out []message
	if r.channel == channels.Push {
		for _, n := range s.far.push.Received()[since.pushes:] {
			if n.Device == r.device {
				out = append(out, message{short: openPush(t, n.Payload)})
			}
		}
		return out
	}
	for _, m := range slices.Concat(s.relay.Mails()[since.relay:], s.far.mail.Mails()[since.mails:]) {
		if m.To == r.address {
			out = append(out, openMail(t, m))
		}
	}
	return out
}

func openPush(t *testing.T, payload []byte) string {
	t.Helper()
	var p struct {
		Notification struct{ Title, Body string } `json:"notification"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		t.Fatalf("received push: %v", err)
	}
	return p.Notification.Title + "\n" + p.Notification.Body
}

// openMail reads a mail as a program does that knows nothing of ours: subject, plain text and HTML. The
// numbers must be the same in both.
func openMail(t *testing.T, m mailtest.Mail) message {
	t.Helper()
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("received mail: %v", err)
		}
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
	fail(err)
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	fail(err)
	_, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	fail(err)
	var bodies []string
	for parts := multipart.NewReader(parsed.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		fail(err)
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		fail(err)
		bodies = append(bodies, string(body))
	}
	if len(bodies) != 2 {
		t.Fatalf("received mail: got %d parts, want plain text and HTML", len(bodies))
	}
	if plain, rich := telephones(subject+bodies[0]), telephones(subject+bodies[1]); !slices.Equal(plain, rich) {
		t.Errorf("received mail: got the numbers %v in plain text and %v in HTML, want the same", plain, rich)
	}
	return message{full: bodies[0], short: subject}
}

// checkDocuments fetches the feed as an aggregator does, and checks that the documents of a step show no
// number that no reader may be told, and all that somebody must be.
func (s *stage) checkDocuments(ctx context.Context, base string, step stories.Step, outage string) {
	var text string
	for end := time.Now().Add(10 * time.Second); text == "" && time.Now().Before(end); {
		for _, link := range s.links(ctx, base+"/cap/all/rss.xml") {
			alert, err := cap.Parse(s.get(ctx, link))
			s.ok(err)
			if strings.Contains(alert.Incidents, outage) && alert.Sent.Time().Equal(s.at) {
				text += written(alert)
			}
		}
	}
	if text == "" {
		s.Fatalf("%s: got no document in the feed", step.Outage)
	}
	known := map[string]bool{}
	h, err := s.story.Holdings()
	s.ok(err)
	for _, n := range h.Numbers {
		known[n.Tel.Local()] = true
	}
	for _, line := range step.Expect {
		if line.Numbers == nil {
			continue
		}
		for _, tel := range *line.Numbers {
			known[tel] = true
		}
	}
	for _, tel := range telephones(text) {
		if !known[tel] {
			s.Errorf("%s: got %s in the feed, which is nobody's", step.Outage, tel)
		}
	}
}

func written(a cap.Alert) string {
	var b strings.Builder
	for _, i := range a.Infos {
		b.WriteString(strings.Join([]string{i.Language, i.Headline, i.Description, i.Instruction, ""}, "\n"))
		for _, p := range i.Parameters {
			b.WriteString(p.Value + "\n")
		}
	}
	return b.String()
}

func (s *stage) links(ctx context.Context, feed string) []string {
	var rss struct {
		Links []string `xml:"channel>item>link"`
	}
	s.ok(xml.Unmarshal(s.get(ctx, feed), &rss))
	return rss.Links
}

func (s *stage) get(ctx context.Context, url string) []byte {
	s.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	s.ok(err)
	res, err := http.DefaultClient.Do(r)
	s.ok(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	s.ok(err)
	if res.StatusCode != http.StatusOK {
		s.Fatalf("got status %d, want 200", res.StatusCode)
	}
	return body
}

var (
	links     = regexp.MustCompile(`https?://[^\s"<>)]+`)
	telephone = regexp.MustCompile(`(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]{0,2}\d{3}[-. ]?\d{4}`)
	notDigit  = regexp.MustCompile(`\D`)
)

// telephones returns everything in a text that looks like a telephone number of ten digits, however it is
// written, in the local form, sorted, each once. Links are not read.
func telephones(text string) []string {
	text = links.ReplaceAllString(text, " ")
	var found []string
	for _, at := range telephone.FindAllStringIndex(text, -1) {
		if at[0] > 0 && isDigit(text[at[0]-1]) || at[1] < len(text) && isDigit(text[at[1]]) {
			continue // a piece of a longer number
		}
		digits := notDigit.ReplaceAllString(text[at[0]:at[1]], "")
		digits = digits[len(digits)-10:]
		found = append(found, digits[:3]+"-"+digits[3:6]+"-"+digits[6:])
	}
	return distinct(found)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

func TestTelephoneNumbersAreFoundHoweverTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"call 860-555-0101.":                              "860-555-0101",
		`<a href="tel:+18605550101">(860) 555-0101</a>`:   "860-555-0101",
		"+1 860 555 0101 or 860.555.0102":                 "860-555-0101 860-555-0102",
		"id 1729613940000, https://a.example/8605550101 ": "",
		"since 11:49 AM on 2024-10-22, dial 911":          "",
	} {
		if got := strings.Join(telephones(text), " "); got != want {
			t.Errorf("in %q: got %q, want %q", text, got, want)
		}
	}
}
