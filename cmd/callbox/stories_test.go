package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/email/mailtest"
	"callbox/channels/push/pushtest"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/stories"
	"callbox/outages"
	"callbox/subscribers"
)

// TestEveryStoryIsReadAtTheFarSides tells every story from end to end, each step by a process of its own on
// the same database, and reads the bytes that the far sides received. It covers promises 1, 2, 4, 6, 8
// and 10 end to end.
func TestEveryStoryIsReadAtTheFarSides(t *testing.T) {
	all, err := stories.Load(os.DirFS("../../internal/stories/testdata"))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("there are no stories")
	}
	for _, story := range all {
		t.Run(story.Name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, story)
			s.prepare()
			for _, step := range story.Steps {
				s.play(step)
			}
		})
	}
}

// stage is a story on its way: an installation, its far sides, and all who read.
type stage struct {
	*testing.T
	story  stories.Story
	book   *areas.Book
	far    *fleet
	relay  *mailtest.Server // the agency's own, tried first; the fleet's is the second
	cfg    config
	at     time.Time // the clock stands still while a step is told
	duos   map[string]duo
	people []*reader
	crowds []*crowd

	outages map[string]string // by the story's name
	drafts  map[string]string // that were refused, by the same
}

// duo is who speaks for an agency: one submits, another approves.
type duo struct{ first, second officials.Actor }

func newStage(t *testing.T, story stories.Story) *stage {
	s := &stage{T: t, story: story, duos: map[string]duo{}, outages: map[string]string{}, drafts: map[string]string{},
		at: story.Steps[0].At.Time}
	now := func() time.Time { return s.at }
	var err error
	s.far, err = startFleet(mailtest.Options{Keep: true, Now: now})
	s.ok(err)
	t.Cleanup(func() { s.ok(s.far.close()) })
	s.far.discord.Now, s.far.mastodon.Now = now, now
	s.relay, err = mailtest.Start(mailtest.Options{Keep: true, Now: now})
	s.ok(err)
	t.Cleanup(func() { s.ok(s.relay.Close()) })
	s.cfg, err = s.far.config(t.TempDir(), "")
	s.ok(err)
	own := relayConfig{Host: s.relay.Host(), Port: s.relay.Port(), TLS: "insecure"}
	s.cfg.Email.Relays = append([]relayConfig{own}, s.cfg.Email.Relays...)
	s.book, err = story.Book()
	s.ok(err)
	return s
}

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// open puts a program together, with the address that it will serve on.
func (s *stage) open() (*program, net.Listener) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.ok(err)
	s.cfg.PublicURL = "http://" + l.Addr().String()
	far := s.far.farSides()
	far.now = func() time.Time { return s.at }
	p, err := open(s.Context(), s.cfg, far, slog.New(slog.NewTextHandler(s.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))
	s.ok(err)
	return p, l
}

// serving runs what serve runs while f is at work.
func (s *stage) serving(p *program, l net.Listener, f func(ctx context.Context)) {
	ctx, stop := context.WithCancel(s.Context())
	var done sync.WaitGroup
	var err error
	done.Go(func() { err = p.serve(ctx, l) })
	defer func() {
		stop()
		done.Wait()
		s.ok(err)
	}()
	f(ctx)
}

// prepare sets up what the agencies have before any outage, and puts everybody on the roll who stands in
// a line of the story.
func (s *stage) prepare() {
	p, l := s.open()
	defer p.close() //nolint:errcheck // the next program opens the same database
	s.ok(l.Close())
	ctx := s.Context()
	s.directory(ctx, p.desk)
	for _, a := range s.story.Agencies {
		speaker, err := s.story.Speaker(a.ID, s.book)
		s.ok(err)
		s.duos[a.ID] = s.duo(ctx, p.desk, officials.Agency{ID: a.ID, Name: a.Name, Short: a.Short, Zone: a.Zone,
			Jurisdiction: speaker.Jurisdiction, Sender: speaker.Sender, Policy: outages.Policy{TwoPeople: true}})
	}
	admin := s.duos[s.story.Agencies[0].ID].first
	s.enrolPeople(ctx, p.desk, admin)
	s.enrolCrowds(ctx, p.desk, admin)
}

// directory imports the story's areas, numbers and ways by their files.
func (s *stage) directory(ctx context.Context, d *desk.Desk) {
	builtIn, err := d.Book(ctx)
	s.ok(err)
	clerk := s.duo(ctx, d, officials.Agency{ID: "clerks", Name: "Clerks", Zone: "UTC", Jurisdiction: builtIn.States(), Sender: "clerks@example.gov"}).first
	h, err := s.story.Holdings()
	s.ok(err)
	h.Areas = s.withZIPs(h)
	var file bytes.Buffer
	s.ok(areas.WriteAreas(&file, h.Areas, h.ZIPs))
	if len(h.Areas) > 0 {
		_, err = d.ImportAreas(ctx, clerk, &file)
		s.ok(err)
	}
	file.Reset()
	s.ok(areas.WriteDirectory(&file, areas.Directory{Numbers: h.Numbers, Ways: h.Ways}))
	if len(h.Numbers)+len(h.Ways) > 0 {
		_, err = d.ImportDirectory(ctx, clerk, &file)
		s.ok(err)
	}
}

// withZIPs returns the areas to import: the agencies' own, and the built-in ones whose ZIP codes change.
func (s *stage) withZIPs(h areas.Holdings) []areas.Area {
	list := h.Areas
	for _, zip := range slices.Sorted(maps.Keys(h.ZIPs)) {
		for _, id := range h.ZIPs[zip] {
			if !slices.ContainsFunc(list, func(a areas.Area) bool { return a.ID == id }) {
				a, _ := s.book.Area(id)
				list = append(list, a)
			}
		}
	}
	return list
}

func (s *stage) duo(ctx context.Context, d *desk.Desk, a officials.Agency) duo {
	s.ok(d.SaveAgency(ctx, a))
	official := func(id string, roles ...officials.Role) officials.Actor {
		key, err := d.AddOfficial(ctx, officials.Official{ID: id, Agency: a.ID, Name: id, Roles: roles})
		s.ok(err)
		actor, err := d.Who(ctx, key)
		s.ok(err)
		return actor
	}
	return duo{official(a.ID+"-first", officials.Drafter, officials.Approver, officials.Directory, officials.Admin), official(a.ID+"-second", officials.Approver)}
}

// play tells one step and checks what everybody received. The bulletin is issued before sending begins:
// what waits of former ones is due at the same moment, and must not leave.
func (s *stage) play(step stories.Step) {
	s.at = step.At.Time
	s.relay.SetDown(step.RelayDown)
	s.putOff(step)
	before := s.received()
	p, l := s.open()
	defer p.close() //nolint:errcheck // the next program opens the same database
	defer l.Close() //nolint:errcheck // closed by then where it served
	draft, err := s.submit(s.Context(), p.desk, step)
	s.checkFindings(step, draft.Findings)
	if len(step.Refused) > 0 {
		s.refused(step, err)
		s.release(p.desk, 0)
		return
	}
	s.ok(err)
	s.approve(p.desk, s.duos[step.Agency], draft)
	s.release(p.desk, 1)
	s.serving(p, l, func(ctx context.Context) {
		s.settle(ctx, p, step, draft)
		for _, line := range step.Expect {
			s.Run(line.ID, func(t *testing.T) { s.read(t, before, step, line) })
		}
		s.checkDocuments(ctx, p.cfg.PublicURL, step, draft.Outage)
	})
	after := s.received()
	if own := after.relay - before.relay; step.RelayDown && (own > 0 || after.mails == before.mails) {
		s.Errorf("%s: got %d mails at the relay that is down and %d at the other, want none and some", step.Outage, own, after.mails-before.mails)
	}
}

func (s *stage) approve(d *desk.Desk, by duo, draft desk.Draft) {
	if _, err := d.Approve(s.Context(), by.first, draft.ID, desk.Word{Code: draft.Code}); err == nil {
		s.Errorf("%s: the submitter approved their own draft", draft.Outage)
	}
	_, err := d.Approve(s.Context(), by.second, draft.ID, desk.Word{Code: draft.Code})
	s.ok(err)
}

func (s *stage) release(d *desk.Desk, want int) {
	if n, err := d.Release(s.Context()); err != nil || n != want {
		s.Fatalf("got %d bulletins issued and %v, want %d", n, err, want)
	}
}

// submit declares a step and submits it; a draft that was refused before is mended instead.
func (s *stage) submit(ctx context.Context, d *desk.Desk, step stories.Step) (desk.Draft, error) {
	who := s.duos[step.Agency].first
	decl, err := d.Read(ctx, who, []byte(step.Declare))
	s.ok(err)
	var draft desk.Draft
	if id := s.drafts[step.Outage]; id != "" {
		draft, err = d.Revise(ctx, who, id, 0, decl)
	} else {
		draft, err = d.Declare(ctx, who, s.outages[step.Outage], decl)
	}
	s.ok(err)
	s.outages[step.Outage] = draft.Outage
	delete(s.drafts, step.Outage)
	id := draft.ID
	draft, err = d.Submit(ctx, who, id)
	if err != nil {
		s.drafts[step.Outage] = id
	}
	return draft, err
}

func (s *stage) refused(step stories.Step, err error) {
	blocked, ok := errors.AsType[*desk.Blocked](err)
	if !ok {
		s.Fatalf("%s: got %v, want it blocked by %v", step.Outage, err, step.Refused)
	}
	for _, rule := range step.Refused {
		if !slices.ContainsFunc(blocked.Findings, func(f outages.Finding) bool { return f.Block && f.Rule == rule }) {
			s.Errorf("%s: got %v, want it blocked by %s", step.Outage, blocked.Findings, rule)
		}
	}
}

func (s *stage) checkFindings(step stories.Step, findings outages.Findings) {
	for _, n := range step.Findings {
		if !slices.ContainsFunc(findings, func(f outages.Finding) bool { return f.Rule == n.Rule && strings.Contains(f.Text, n.Says) }) {
			s.Errorf("%s: got findings %v, want %s that says %q", n.ID, findings, n.Rule, n.Says)
		}
	}
}

// settle waits until nobody waits but those who are put off, and checks that the totals reconcile
// (promise 13).
func (s *stage) settle(ctx context.Context, p *program, step stories.Step, draft desk.Draft) {
	held := 0
	for _, r := range s.people {
		if r.heldBy[step.Outage] && r.reads(step) {
			held++
		}
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		status, err := p.desk.Status(ctx, s.duos[step.Agency].first, draft.Outage)
		s.ok(err)
		figures := of(status.Figures, draft.Seq)
		waiting, refused := 0, 0
		for _, f := range figures {
			waiting, refused = waiting+f.Waiting, refused+f.Refused+f.Gone+f.Expired+f.Uncertain
			if sum := f.Waiting + f.Accepted + f.Refused + f.Gone + f.Expired + f.Overtaken + f.Stopped + f.Uncertain; sum != f.Targeted {
				s.Fatalf("%s: got fates that add up to %d of %d by %s", step.Outage, sum, f.Targeted, f.Channel)
			}
		}
		if refused > 0 {
			s.Fatalf("%s: got %+v, for the reasons %+v, want nothing refused", step.Outage, figures, status.Reasons)
		}
		if len(status.Outage.Bulletins) == draft.Seq && waiting == 0 || len(figures) > 0 && waiting == held && step.Hold != "" {
			return
		}
		if time.Now().After(end) {
			s.Fatalf("%s: got %+v, for the reasons %+v, want only %d to wait", step.Outage, figures, status.Reasons, held)
		}
	}
}

// putOff makes the far sides put off everything for readers of one language until the clock moves on.
func (s *stage) putOff(step stories.Step) {
	for _, r := range s.people {
		if step.Hold == "" || r.lang != step.Hold || !r.reads(step) {
			continue
		}
		r.heldBy[step.Outage] = true
		if r.channel == channels.Push {
			s.far.push.Script(r.device, pushtest.Answer{Status: 500})
			continue
		}
		for _, server := range []*mailtest.Server{s.relay, s.far.mail} {
			server.For(r.address, mailtest.Greylisted(s.at.Add(time.Minute)), mailtest.Accept)
		}
	}
}

// enrolPeople signs up, for every set of ZIP codes that a line names, four residents: by mail and by push,
// each in one language alone.
func (s *stage) enrolPeople(ctx context.Context, d *desk.Desk, admin officials.Actor) {
	file := [][]string{{"channel", "destination", "places", "langs", "consent_source", "consent_date"}}
	seen := map[string]bool{}
	for _, step := range s.story.Steps {
		for _, line := range step.Expect {
			key := zipsOf(line)
			if key == "" || seen[key] {
				continue
			}
			seen[key] = true
			for _, lang := range []string{"en", "es"} {
				for _, channel := range []channels.Name{channels.Email, channels.Push} {
					r := s.newReader(channel, key, lang)
					s.people = append(s.people, r)
					file = append(file, []string{string(channel), r.address, key, lang, "story", "2019-01-01"})
				}
			}
		}
	}
	done, err := d.ImportSubscribers(ctx, admin, strings.NewReader(csvOf(file)), nil)
	s.ok(err)
	if done.Lines != len(s.people) {
		s.Fatalf("got %d residents on the roll, want %d", done.Lines, len(s.people))
	}
}

// enrolCrowds puts a Discord channel and a Mastodon account on the roll for every crowd that a line names,
// and one feed for all agencies.
func (s *stage) enrolCrowds(ctx context.Context, d *desk.Desk, admin officials.Actor) {
	outlet := func(name channels.Name, to string, ids []areas.ID) {
		o := subscribers.Outlet{Name: string(name), List: subscribers.Live, Langs: []string{"en", "es"}, Areas: ids}
		s.ok(d.Outlet(ctx, admin, o, name, subscribers.NewDestination(to)))
	}
	var everything []areas.ID
	for _, a := range s.story.Agencies {
		everything = append(everything, s.duos[a.ID].first.Agency.Jurisdiction...)
	}
	outlet(channels.CAP, "live", everything)
	for _, step := range s.story.Steps {
		for _, line := range step.Expect {
			key := strings.Join(line.Crowd, " ")
			if key == "" || slices.ContainsFunc(s.crowds, func(c *crowd) bool { return c.key == key }) {
				continue
			}
			c := &crowd{key: key, hook: s.far.discord.Add(), account: s.far.mastodon.Add("crowd")}
			var ids []areas.ID
			for _, name := range line.Crowd {
				a, err := s.book.Find(name)
				s.ok(err)
				ids = append(ids, a.ID)
			}
			outlet(channels.Discord, c.hook, ids)
			outlet(channels.Mastodon, c.account, ids)
			s.crowds = append(s.crowds, c)
		}
	}
}
