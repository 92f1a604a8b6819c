package feed

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/internal/stories"
	"callbox/outages"
	"callbox/templates"
)

// TestTheStoriesReachTheFeed publishes the real outages with the real wordings: the rules refuse nothing
// that the desk lets pass, and the feed carries only numbers of the areas that are spoken to (promise 2).
func TestTheStoriesReachTheFeed(t *testing.T) {
	list, err := stories.Load(os.DirFS("../../stories/testdata"))
	if err != nil || len(list) == 0 {
		t.Fatalf("%d stories, %v", len(list), err)
	}
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) { tell(t, s) })
	}
}

func tell(t *testing.T, s stories.Story) {
	site := newSite(t)
	book, err := s.Book()
	if err != nil {
		t.Fatal(err)
	}
	if site.send, err = cap.New(cap.Config{Shelf: site.shelf, Atlas: book}); err != nil {
		t.Fatal(err)
	}
	open := map[string]outages.Outage{}
	for i, step := range s.Steps {
		if len(step.Refused) > 0 {
			continue
		}
		speaker, err := s.Speaker(step.Agency, book)
		if err != nil {
			t.Fatal(err)
		}
		speaker.Sender = "911@alerts.example.gov"
		o, ok := open[step.Outage]
		if !ok {
			o = outages.Outage{ID: step.Outage, Agency: speaker.ID, Speaker: speaker, Mode: outages.Live}
		}
		site.now = step.At.Time
		b := issue(t, o, step, book)
		o.Bulletins = append(o.Bulletins, b)
		open[step.Outage] = o
		site.tell(t, i, b)
	}
}

// issue declares and issues a step.
func issue(t *testing.T, o outages.Outage, step stories.Step, book *areas.Book) outages.Bulletin {
	t.Helper()
	zone, err := time.LoadLocation(o.Speaker.Zone)
	if err != nil {
		t.Fatal(err)
	}
	d, err := outages.ParseDeclaration([]byte(step.Declare), outages.Reading{Areas: book, Zone: zone, Now: step.At.Time, Mode: outages.Live})
	if err != nil {
		t.Fatal(err)
	}
	facts, _ := outages.Resolve(o, d, book, step.At.Time)
	draft := outages.Draft{Outage: o.ID, Seq: len(o.Bulletins) + 1, Declaration: d, Facts: facts, Submitter: "first", Hash: "hash"}
	b, err := o.Issue(draft, outages.Approval{By: "second", Hash: "hash"}, step.At.Time)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var telephone = regexp.MustCompile(`\b\d{3}-\d{3}-\d{4}\b`)

// tell publishes a bulletin and reads it back from the feed.
func (s *site) tell(t *testing.T, i int, b outages.Bulletin) {
	t.Helper()
	var all []areas.ID
	allowed := map[string]bool{}
	for _, a := range b.Facts.Advice {
		all = append(all, a.Area.ID)
		for _, n := range a.Numbers {
			allowed[n.Tel.Local()] = true
		}
	}
	texts, err := templates.Render(outages.Draft{Outage: b.Outage, Seq: b.Seq, Declaration: b.Declaration, Facts: b.Facts},
		templates.Reader{Areas: all, Crowd: true, Langs: []templates.Lang{templates.English, templates.Spanish}})
	if err != nil {
		t.Fatal(err)
	}
	m := channels.Message{Key: "k", Mode: b.Mode, To: "live", Bulletin: b, Texts: texts, Page: base + "/outages/" + b.Outage}
	findings, err := s.send.Lint(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		nameless := b.Facts.Speaker.Short != "" && strings.Contains(f.Text, "does not name the agency")
		if nameless || strings.Contains(f.Text, "911 as a number") || strings.Contains(f.Text, "does not ring phones") {
			t.Errorf("step %d: %+v", i+1, f)
		}
	}
	receipt, err := s.send.Send(t.Context(), m)
	if err != nil {
		t.Fatalf("step %d: %v", i+1, err)
	}
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, part := range receipt {
		body := s.body(t, "/cap/"+part.ID+".xml")
		for _, tel := range telephone.FindAllString(body, -1) {
			if !allowed[tel] {
				t.Errorf("step %d: %s holds %s, which no area has", i+1, part.ID, tel)
			}
		}
		if !strings.Contains(s.body(t, "/cap/rss.xml"), "/cap/"+part.ID+".xml") {
			t.Errorf("step %d: the feed does not list %s", i+1, part.ID)
		}
		a, err := cap.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if over := slices.Contains(a.Infos[0].ResponseTypes, "AllClear"); b.Kind == outages.AllClear && !over {
			t.Errorf("step %d: %s ends nothing: %q", i+1, part.ID, a.Infos[0].ResponseTypes)
		}
	}
}
