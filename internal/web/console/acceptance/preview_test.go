package acceptance_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels/cap"
	"callbox/channels/email/mailtest"
	"callbox/internal/web/webtest"
	"callbox/templates"
)

// mark is where a bulletin begins: far sides keep what former bulletins brought.
type mark struct{ mails, pushes, posts, statuses int }

func (s *stage) mark() mark {
	return mark{len(s.far.mail.Mails()), len(s.far.push.Received()), len(s.far.discord.Messages(s.far.hook)), len(s.far.mastodon.Statuses(s.far.account))}
}

// received reads what the far sides got of a bulletin, named as the preview names it.
func (s *stage) received(since mark, outage string, seq int) map[heard]string {
	s.T.Helper()
	out := map[heard]string{}
	for _, m := range s.far.mail.Mails()[since.mails:] {
		l := s.open(m)
		out[heard{"E-mail for " + l.place, l.lang, "subject"}] = l.subject
		out[heard{"E-mail for " + l.place, l.lang, "text"}] = l.text
	}
	for _, n := range s.far.push.Received()[since.pushes:] {
		var p struct {
			Notification struct{ Title, Body string }
		}
		s.OK(json.Unmarshal(n.Payload, &p))
		r := s.far.devices[n.Device]
		to := "Push for " + r.place
		out[heard{to, r.lang, "title"}], out[heard{to, r.lang, "body"}] = p.Notification.Title, p.Notification.Body
		out[heard{to, r.lang, "payload"}] = string(n.Payload)
	}
	const crowd = " for outlets of Capitol Planning Region, CT, Western Connecticut Planning Region, CT"
	for _, m := range s.far.discord.Messages(s.far.hook)[since.posts:] {
		out[heard{"Discord" + crowd, templates.English, "content"}] = m.Content
		for i, e := range m.Embeds {
			out[heard{"Discord" + crowd, langs[i], "embed title"}], out[heard{"Discord" + crowd, langs[i], "embed text"}] = e.Title, e.Description
		}
	}
	threads := map[templates.Lang][]string{}
	for _, st := range s.far.mastodon.Statuses(s.far.account)[since.statuses:] {
		threads[templates.Lang(st.Language)] = append(threads[templates.Lang(st.Language)], st.Text)
	}
	for lang, statuses := range threads {
		for i, text := range statuses {
			out[heard{"Mastodon" + crowd, lang, fmt.Sprintf("status %d/%d", i+1, len(statuses))}] = text
		}
	}
	docs, err := s.Store.Shelf().Incident(s.T.Context(), outage)
	s.OK(err)
	for _, d := range docs {
		if d.Seq == seq {
			s.document(out, "Feed (CAP)"+crowd, d)
		}
	}
	return out
}

// letter is a mail as its reader sees it.
type letter struct {
	reader
	header              mail.Header
	subject, text, rich string
}

// open reads a mail that arrived.
func (s *stage) open(m mailtest.Mail) letter {
	s.T.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(string(m.Data)))
	s.OK(err)
	l := letter{header: msg.Header}
	l.subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	s.OK(err)
	name, _, _ := strings.Cut(m.To, "@")
	zip, lang, _ := strings.Cut(name, "-")
	l.lang = templates.Lang(lang)
	for _, town := range towns {
		if town.zip == areas.ZIP(zip) {
			l.place = town.name
		}
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	s.OK(err)
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return l
		}
		s.OK(err)
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		s.OK(err)
		text := strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n"))
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			l.text = text
		} else {
			l.rich = text
		}
	}
}

// document adds what readers of a published document see.
func (s *stage) document(out map[heard]string, to string, d cap.Document) {
	s.T.Helper()
	alert, err := cap.Parse(d.XML)
	s.OK(err)
	for _, info := range alert.Infos {
		lang, _, _ := strings.Cut(info.Language, "-")
		add := func(field, text string) { out[heard{to, templates.Lang(lang), d.Identifier + " " + field}] = text }
		add("headline", info.Headline)
		add("description", info.Description)
		add("instruction", info.Instruction)
		for _, a := range info.Areas {
			add("areaDesc", a.Desc)
		}
		for _, name := range []string{"CMAMtext", "CMAMlongtext"} {
			for _, text := range info.Parameter(name) {
				add(name, text)
			}
		}
	}
}

// What is each reader's, attempt's or moment's own, and known only in sending.
var (
	leaves  = regexp.MustCompile(regexp.QuoteMeta(webtest.Base) + `/leave/\d+`)
	markers = regexp.MustCompile(`#[a-z2-7]{8}-\d\d$`)
	stamps  = regexp.MustCompile(`"timestamp":\d+`)
)

func settled(list map[heard]string, page string) map[heard]string {
	out := map[heard]string{}
	for k, text := range list {
		text = leaves.ReplaceAllString(text, page)
		out[k] = stamps.ReplaceAllString(markers.ReplaceAllString(text, "#marker"), `"timestamp":0`)
	}
	return out
}

const (
	update = `{"kind": "update", "next_update": "13:30", "conditions": [
		{"area": "CT/West Hartford", "voice": "restored", "since": "12:30"}]}`
	allClear = `{"kind": "all-clear", "restored": "12:55"}`
)

// promise 15; acceptance check 11.
func TestWhatThePreviewShowsIsWhatEveryFarSideReceives(t *testing.T) {
	s := newStage(t)
	s.fill(everywhere...)
	outage := ""
	for seq, next := range []string{"", update, allClear} {
		var preview string
		if next == "" {
			preview = s.declare("cause", "a cut cable", "cause_by", "the carrier", "n0-tel", "203-555-0199", "n0-area", "x-westport", "n0-for", "fire", "n0-label", "Fire desk")
		} else {
			s.Pass(20 * time.Minute)
			preview = s.next(outage, next)
		}
		since := s.mark()
		shown := s.shown(preview)
		d := s.issue(preview)
		outage = d.Outage
		page := webtest.Base + "/outages/" + outage
		want, got := settled(shown, page), settled(s.received(since, outage, seq+1), page)
		maps.DeleteFunc(want, func(h heard, _ string) bool { return strings.HasPrefix(h.to, "Phone alert") }) // is handed over by a person
		if kinds := seen(want); !slices.Equal(kinds, []string{"Discord en", "Discord es", "E-mail en", "E-mail es", "Feed en", "Feed es", "Mastodon en", "Mastodon es", "Push en", "Push es"}) {
			t.Errorf("bulletin %d: the preview shows %q, want every channel in both languages", seq+1, kinds)
		}
		for h, text := range want {
			if got[h] != text {
				t.Errorf("bulletin %d: %+v\n got %q\nwant %q", seq+1, h, got[h], text)
			}
		}
		for h, text := range got {
			if _, ok := want[h]; !ok {
				t.Errorf("bulletin %d: %+v was received and not shown: %q", seq+1, h, text)
			}
		}
	}
}

// next writes the draft of a further bulletin, and returns its preview.
func (s *stage) next(outage, file string) string {
	s.T.Helper()
	decl, err := s.ReadNext(s.T.Context(), s.Ada, outage, []byte(file))
	s.OK(err)
	d, err := s.Declare(s.T.Context(), s.Ada, outage, decl)
	s.OK(err)
	return "/console/live/drafts/" + d.ID + "/preview"
}

// seen lists which channels and languages there are.
func seen(list map[heard]string) []string {
	kinds := map[string]bool{}
	for h := range list {
		channel, _, _ := strings.Cut(h.to, " ")
		kinds[channel+" "+string(h.lang)] = true
	}
	return slices.Sorted(maps.Keys(kinds))
}
