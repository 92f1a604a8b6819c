package acceptance_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/channels/discord"
	"callbox/channels/discord/discordtest"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
	"callbox/channels/mastodon"
	"callbox/channels/mastodon/mastodontest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
	"callbox/internal/desk"
	"callbox/internal/dispatch"
	"callbox/internal/proofs"
	"callbox/internal/web/console/approve"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/declare"
	"callbox/internal/web/webtest"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// stage is a console whose desk sends by every channel, to real far sides on loopback.
type stage struct {
	*consoletest.Site
	ada, bob *consoletest.Person
	far      far
	send     *dispatch.Sender
	outlets  []channels.Name
}

// far are the far sides; the feed is its own.
type far struct {
	mail     *mailtest.Server
	push     *pushtest.Listening
	discord  *discordtest.Server
	mastodon *mastodontest.Server
	hook     string   // of Discord
	account  string   // at Mastodon
	devices  []reader // of the push service, by number
}

// reader is somebody who lives in one place and reads one language.
type reader struct {
	place string
	lang  templates.Lang
}

// towns are the areas of the tests, with a ZIP code that leads to each alone.
var towns = []struct {
	id   areas.ID
	name string
	zip  areas.ZIP
}{{"x-west-hartford", "West Hartford", "06107"}, {"x-westport", "Westport", "06880"}, {"x-fairfield", "Fairfield", "06825"}}

// everywhere are the channels that speak to crowds.
var everywhere = []channels.Name{channels.Discord, channels.Mastodon, channels.CAP}

var langs = []templates.Lang{templates.English, templates.Spanish}

// newStage sets a stage up, on which nobody hears anything yet.
func newStage(t *testing.T) *stage {
	t.Helper()
	return set(consoletest.New(t, declare.Room(), approve.Room()), newVAPID(t))
}

// vapid are the keys of the push channel.
type vapid struct{ public, private string }

func newVAPID(t *testing.T) (v vapid) {
	t.Helper()
	var err error
	if v.public, v.private, err = push.GenerateKeys(); err != nil {
		t.Fatal(err)
	}
	return v
}

// set gives a console its people and far sides.
func set(site *consoletest.Site, keys vapid) *stage {
	s := &stage{Site: site}
	s.ada, s.bob = s.SignIn(s.Ada), s.SignIn(s.Bob)
	s.connect(keys)
	return s
}

// fill puts a reader of every language in every town on the roll, by mail and by push, and the outlets of some channels.
func (s *stage) fill(outlets ...channels.Name) {
	t := s.T
	t.Helper()
	for _, lang := range langs {
		for _, town := range towns {
			places := []areas.Place{{ZIP: town.zip}}
			s.OK(s.SignUp(t.Context(), subscribers.SignUp{Channel: "email", Destination: address(town.zip, lang), Places: places, Langs: []string{string(lang)}}))
			letters := s.Posted()
			s.OK(s.Confirm(t.Context(), letters[len(letters)-1].Token))
			s.OK(s.SignUp(t.Context(), subscribers.SignUp{Channel: "push", Destination: s.far.push.Subscribe(s.PushKey), Places: places, Langs: []string{string(lang)}}))
			s.far.devices = append(s.far.devices, reader{town.name, lang})
		}
	}
	s.far.hook, s.far.account = s.far.discord.Add(), s.far.mastodon.Add("county")
	s.outlets = outlets
	to := map[channels.Name]string{channels.Discord: s.far.hook, channels.Mastodon: s.far.account, channels.CAP: "live"}
	for _, name := range outlets {
		o := subscribers.Outlet{Name: string(name), List: subscribers.Live, Langs: []string{"en", "es"}, Areas: []areas.ID{"09110", "09190"}}
		s.OK(s.Outlet(t.Context(), s.Ada, o, name, subscribers.NewDestination(to[name])))
	}
}

func address(zip areas.ZIP, lang templates.Lang) string {
	return fmt.Sprintf("%s-%s@example.org", zip, lang)
}

// connect starts the far sides, and gives the desk and a sender the channels to them.
func (s *stage) connect(keys vapid) {
	t := s.T
	t.Helper()
	var err error
	s.far.mail, err = mailtest.Start(mailtest.Options{Keep: true})
	s.OK(err)
	t.Cleanup(func() { s.OK(s.far.mail.Close()) })
	s.far.push, err = pushtest.Start()
	s.OK(err)
	t.Cleanup(func() { s.OK(s.far.push.Close()) })
	s.far.discord, err = discordtest.New()
	s.OK(err)
	t.Cleanup(func() { s.OK(s.far.discord.Close()) })
	s.far.mastodon, err = mastodontest.New()
	s.OK(err)
	t.Cleanup(func() { s.OK(s.far.mastodon.Close()) })

	client := channels.NewClient(channels.Loopback())
	pushes, err := push.New(push.Config{PublicKey: keys.public, PrivateKey: keys.private, Subject: "alerts@despp.example.gov", Client: client, Now: s.Now})
	s.OK(err)
	mails, err := email.New(email.Config{From: "alerts@despp.example.gov", Relays: []email.Relay{{Host: s.far.mail.Host(), Port: s.far.mail.Port(), TLS: email.Insecure}}, Now: s.Now})
	s.OK(err)
	t.Cleanup(func() { s.OK(mails.Close()) })
	posts, err := discord.New(discord.Config{Client: client, FarSide: s.far.discord.URL(), Now: s.Now})
	s.OK(err)
	book, err := s.Book(t.Context())
	s.OK(err)
	feed, err := cap.New(cap.Config{Shelf: s.Store.Shelf(), Atlas: book})
	s.OK(err)
	s.PushKey = keys.public
	for name, ch := range map[channels.Name]channels.Channel{channels.Push: pushes, channels.Email: mails, channels.Discord: posts,
		channels.Mastodon: mastodon.New(mastodon.Config{Client: client, Now: s.Now}), channels.CAP: feed} {
		s.Channels[name] = ch
	}
	s.Press = proofs.Press{Sender: email.Sender{Address: "alerts@despp.example.gov", Host: "despp.example.gov"}, Limits: mastodon.Usual, Feed: feed.Compose}
	s.Checks = []func(context.Context, channels.Message) ([]outages.Finding, error){feed.Lint}
	s.send = dispatch.NewSender(s.Store, s.Channels, dispatch.Options{Now: s.Now, Page: s.Page, Leave: leave})
}

// leave is each reader's own link to stop.
func leave(address int64) string { return fmt.Sprintf("%s/leave/%d", webtest.Base, address) }

// want checks the status of an answer and returns its page.
func (s *stage) want(w *httptest.ResponseRecorder, status int) string {
	s.T.Helper()
	if page := w.Body.String(); w.Code != status {
		s.T.Fatalf("status %d, want %d\n%.3000s", w.Code, status, page[max(0, strings.Index(page, "<main")):])
	}
	return w.Body.String()
}

// led checks that an answer leads on, and returns where to.
func (s *stage) led(w *httptest.ResponseRecorder) string {
	s.T.Helper()
	s.want(w, http.StatusSeeOther)
	return w.Header().Get("Location")
}

// form begins a form as its page carries it.
func (s *stage) form(page string, more ...string) url.Values {
	s.T.Helper()
	m := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)
	if m == nil {
		s.T.Fatalf("the page has no version:\n%.3000s", page[max(0, strings.Index(page, "<main")):])
	}
	v := url.Values{"version": m[1:]}
	for i := 0; i+1 < len(more); i += 2 {
		v.Add(more[i], more[i+1])
	}
	return v
}

// declare goes through the screens of a live outage in every town, up to its preview: help is typed on the third.
func (s *stage) declare(help ...string) (preview string) {
	s.T.Helper()
	next := s.led(s.ada.Post("/console/live/declare", url.Values{"g0-landline": {"down"}, "g0-voip": {"working"}, "g0-wireless": {"working"}, "g0-text": {"working"}}))
	where := s.form(s.want(s.ada.Get(next), 200), "do", "continue")
	for _, town := range towns {
		where.Add("area", string(town.id))
	}
	next = s.led(s.ada.Post(next, where))
	form := s.form(s.want(s.ada.Get(next), 200), append([]string{"began", "11:49 AM", "next", "12:40 PM", "do", "continue"}, help...)...)
	return s.led(s.ada.Post(next, form))
}

var (
	stopping = regexp.MustCompile(`<b>Stops</b>.*?</li>`)
	boxes    = regexp.MustCompile(`name="tick" value="(\w+)"`)
	count    = regexp.MustCompile(`Type the number of [a-z ]+: (\d+)`)
)

// consent is everything that a preview asks for.
func (s *stage) consent(page string) url.Values {
	s.T.Helper()
	v := s.form(page)
	for _, m := range boxes.FindAllStringSubmatch(page, -1) {
		v.Add("tick", m[1])
	}
	if m := count.FindStringSubmatch(page); m != nil {
		v.Set("count", m[1])
	}
	return v
}

// draft reads the draft of an address of the console.
func (s *stage) draft(path string) desk.Draft {
	s.T.Helper()
	_, id, _ := strings.Cut(path, "/drafts/")
	id, _, _ = strings.Cut(id, "/")
	d, err := s.Draft(s.T.Context(), s.Ada, id)
	s.OK(err)
	return d
}

// issue takes a draft from its preview to the far sides: submitted, approved by another, released and sent.
func (s *stage) issue(preview string) desk.Draft {
	s.T.Helper()
	page := s.want(s.ada.Get(preview), 200)
	if stop := stopping.FindString(page); stop != "" {
		s.T.Fatalf("a rule stops it: %s", html.UnescapeString(stop))
	}
	at := s.led(s.ada.Post(strings.TrimSuffix(preview, "/preview")+"/submit", s.consent(page)))
	d := s.draft(at)
	s.led(s.bob.Post(at+"/approve", url.Values{"hash": {d.Hash}, "read": {"1"}, "touch": {s.bob.Touch("approve:" + d.Hash)}}))
	s.Pass(time.Minute)
	n, err := s.Release(s.T.Context())
	s.OK(err)
	if n != 1 {
		s.T.Fatalf("released %d bulletins, want 1", n)
	}
	s.transmit(d.Outage)
	return d
}

// transmit sends until nothing of an outage waits.
func (s *stage) transmit(outage string) {
	s.T.Helper()
	ctx, cancel := context.WithCancel(s.T.Context())
	var sending sync.WaitGroup
	sending.Go(func() { s.send.Run(ctx) })
	defer sending.Wait()
	defer cancel()
	for range 2000 {
		l, err := s.Live(ctx, s.Ada, outage, 0)
		s.OK(err)
		waiting := 0
		for _, ch := range l.Channels {
			waiting += ch.Waiting
			if ch.Targeted != ch.Waiting+ch.Accepted {
				s.T.Fatalf("%s: %+v, want everything accepted", ch.Channel, ch.Totals)
			}
		}
		if waiting == 0 && len(l.Channels) == 2+len(s.outlets) {
			return
		}
		time.Sleep(5 * time.Millisecond)
		s.Pass(5 * time.Millisecond)
	}
	s.T.Fatal("the sending does not end")
}

var (
	proofShown = regexp.MustCompile(`(?s)<dt lang="en">([^<]*) <small>[^<]*</small></dt>\s*<dd>.*?<pre>(.*?)</pre>`)
	heading    = regexp.MustCompile(`<section class="words"[\s\S]*?<h3>(.*?)</h3>`)
	tabs       = regexp.MustCompile(`<a href="(\?[^"]*)"[^>]*>([^<]*)</a>`)
	readers    = regexp.MustCompile(`<option value="([^"]*)"`)
)

// heard names a string: who reads it, in which language, where.
type heard struct {
	to    string // "Push for Westport"
	lang  templates.Lang
	field string
}

// shown reads the words of a preview as an official leafs through them: every channel, language and reader.
func (s *stage) shown(preview string) map[heard]string {
	s.T.Helper()
	out := map[heard]string{}
	page := func(query string) string {
		p := s.want(s.ada.Get(preview+strings.TrimSuffix(html.UnescapeString(query), "#words")), 200)
		return p[strings.Index(p, `<section class="words"`):]
	}
	nav := func(p, name string) [][]string {
		_, p, _ = strings.Cut(p, `aria-label="`+name+`">`)
		p, _, _ = strings.Cut(p, "</nav>")
		return tabs.FindAllStringSubmatch(p, -1)
	}
	for _, channel := range nav(page(""), "Channel") {
		for _, lang := range nav(page(channel[1]), "Language") {
			q, err := url.ParseQuery(strings.TrimSuffix(html.UnescapeString(lang[1])[1:], "#words"))
			s.OK(err)
			p := page(lang[1])
			pages := []string{p}
			for _, r := range readers.FindAllStringSubmatch(p, -1) {
				q.Set("for", html.UnescapeString(r[1]))
				pages = append(pages, page("?"+q.Encode()))
			}
			for _, p := range pages {
				to := html.UnescapeString(heading.FindStringSubmatch(p)[1])
				for _, m := range proofShown.FindAllStringSubmatch(p, -1) {
					out[heard{to, templates.Lang(q.Get("lang")), html.UnescapeString(m[1])}] = html.UnescapeString(m[2])
				}
			}
		}
	}
	return out
}
