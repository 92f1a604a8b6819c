//go:build browser

package acceptance_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"callbox/channels"
	"callbox/internal/browser"
	"callbox/internal/desk"
	"callbox/internal/web"
	"callbox/internal/web/feed"
	"callbox/internal/web/pages"
	"callbox/internal/web/webtest"
)

// acceptance check 12, in a browser: a hostile string in every field runs nowhere. Not in the console and on the
// pages, where not even their policies have anything to stop; and not in mails, nor in texts of feeds that a
// reader takes for HTML, where no policy stands by.
func TestNothingThatSomebodyTypedRuns(t *testing.T) {
	h := newHouse(t)
	h.fill(everywhere...)
	h.types(corpus[:len(corpus)-1]...) // what is too long is refused by the screen
}

// The rules of the feed refuse markup. Without them every other channel and page must stand alone.
func TestNoMarkupRunsWhereThereIsNoFeed(t *testing.T) {
	h := newHouse(t)
	h.Checks, h.Press.Feed = nil, nil
	h.fill(channels.Discord, channels.Mastodon)
	var markup []hostile
	for _, c := range corpus {
		if c.fate == unfed {
			markup = append(markup, hostile{c.text, sent})
		}
	}
	h.types(markup...)
}

// types types strings into every free field of a declaration, one after the other, and takes each as far as it
// goes.
func (h *house) types(list ...hostile) {
	t, ada, bob := h.T, h.window(browser.Desk, h.Ada), h.window(browser.Phone, h.Bob)
	resident := h.b.Tab(browser.Phone)
	watched(resident)
	for _, c := range list {
		t.(*testing.T).Run(fmt.Sprintf("%.30q", c.text), func(t *testing.T) {
			h.T, ada.T, bob.T, resident.T = t, t, t, t
			since := h.mark()
			h.typed(ada, c.text)
			if c.fate != sent {
				if ada.Has(`form[action$="/submit"] button`) || force(ada, strings.TrimSuffix(path(ada), "/preview")) != http.StatusUnprocessableEntity {
					t.Error("it is not stopped")
				}
				quiet(ada, "the refusal")
				return
			}
			draft := strings.TrimSuffix(ada.URL(), "/preview")
			for _, screen := range []string{"/what", "/help", "/preview?channel=email"} {
				ada.Go(draft + screen)
				quiet(ada, screen)
			}
			if status := submit(ada); status != http.StatusOK {
				t.Fatalf("submitted with status %d: %s", status, ada.Text("#errors"))
			}
			quiet(ada, "the waiting page")
			d := h.draft(path(ada))
			approveIn(bob, ada.URL())
			quiet(bob, "the window of undoing")
			h.sent(d.Outage)
			for _, screen := range []string{"", "/record", "/update"} {
				ada.Go(h.at + "/console/live/outages/" + d.Outage + screen)
				quiet(ada, "the outage"+screen)
			}
			h.read(resident, d, since)
		})
	}
	h.T, ada.T, bob.T, resident.T = t, t, t, t
}

// typed writes an alert whose every free field holds a text, up to its preview.
func (h *house) typed(tab *browser.Tab, text string) {
	tab.T.Helper()
	tab.Go(h.at + "/console/live/declare")
	state(tab)
	put(tab, "g0-landline-carriers", text)
	tab.Press("main form button:not(.away)")
	put(tab, "q", text)
	put(tab, "zips", text)
	tab.Press(`button[value=search]`)
	quiet(tab, "where, searched")
	put(tab, "q", "")
	choose(tab)
	tab.Fill("#began", "11:49 AM")
	for field, value := range map[string]string{"n0-tel": "203-555-0199", "n0-area": "x-westport", "n0-for": "fire", "w0-kind": "station", "w0-area": "x-westport"} {
		tab.Set("#"+field, value)
	}
	for _, field := range []string{"n0-label", "n0-hours", "w0-where", "cause", "cause_by", "failed"} {
		put(tab, field, text)
	}
	tab.Press(`p > button[value=continue]`)
	quiet(tab, "the preview")
}

// put puts a text into a field as it is: a field of one line would drop the line breaks that a forged form sends.
func put(tab *browser.Tab, field, text string) {
	tab.T.Helper()
	browser.Eval[any](tab, `(() => {
		const e = document.getElementsByName(`+literal(field)+`)[0];
		if (e.type === 'text') e.type = 'hidden';
		e.value = `+literal(text)+`;
		return null;
	})()`)
}

// read opens everything that came out of a bulletin as its readers would, and looks at what no browser shows as
// the tests without one do.
func (h *house) read(tab *browser.Tab, d desk.Draft, since mark) {
	t := h.T
	t.Helper()
	h.inertPushes(since)
	h.inertCrowds(since)
	site := h.public()
	for _, path := range []string{"/en/outages/" + d.Outage, "/es/zip/06880"} {
		if status := tab.Go(site + path); status != http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
		quiet(tab, path)
	}
	var bare []string // what others show, on pages that no policy protects
	for _, m := range h.far.mail.Mails()[since.mails:] {
		bare = append(bare, h.open(m).rich)
	}
	if slices.Contains(h.outlets, channels.CAP) {
		h.inertFeeds(d.Outage)
		for _, path := range []string{"/cap/rss.xml", "/cap/atom.xml"} {
			tab.Go(site + path)
			quiet(tab, path)
			for _, e := range elements(t, []byte(browser.Eval[string](tab, `fetch(location.href).then((r) => r.text())`))) {
				bare = append(bare, e.text)
			}
		}
	}
	if len(bare) < len(towns)*len(langs) {
		t.Errorf("%d mails and texts of feeds, want one for each reader at least", len(bare))
	}
	tab.Go(h.bare(bare))
	if ran := inFrames(tab); len(ran) > 0 {
		t.Errorf("where no policy stands by: %q", ran)
	}
}

// inFrames returns what ran in the frames of a page.
func inFrames(tab *browser.Tab) []string {
	tab.T.Helper()
	return browser.Eval[[]string](tab, `Array.from({length: frames.length}, (_, i) => frames[i].ran).flat()`)
}

// What the tests above listen for is heard.
func TestWhatRunsIsNoticed(t *testing.T) {
	h := newHouse(t)
	tab := h.window(browser.Desk, h.Ada)
	browser.Eval[any](tab, `try { document.body.setAttribute('onclick', 'alert(1)') } catch {}; null`)
	tab.Wait(`ran.length > 0`)
	if ran := browser.Eval[[]string](tab, `ran`); !strings.HasPrefix(ran[0], "require-trusted-types-for stopped") {
		t.Errorf("a script that the policy of a page stops is noticed as %q", ran)
	}
	tab.Go(h.bare([]string{corpus[0].text, corpus[1].text}))
	tab.Wait(`frames[1].ran.length > 0`)
	if ran := inFrames(tab); !slices.Equal(ran, []string{"alert(1)", "alert(1)"}) {
		t.Errorf("where no policy stands by %q is noticed, want both alerts", ran)
	}
}

// public serves the pages and the feed of residents, as they are now.
func (h *house) public() (address string) {
	h.T.Helper()
	p, err := pages.New(pages.Config{Desk: h.Desk, Base: webtest.Base, Now: h.Now})
	h.OK(err)
	h.OK(p.Refresh(h.T.Context()))
	book, err := h.Book(h.T.Context())
	h.OK(err)
	f, err := feed.New(feed.Config{Shelf: h.Store.Shelf(), Atlas: func() feed.Atlas { return book }, Base: webtest.Base, Title: "911 outages", Author: h.Ada.Agency.Name, Now: h.Now})
	h.OK(err)
	return h.serve(web.New(web.Surfaces{Pages: p, Feed: f, API: http.NotFoundHandler(), Ready: func() error { return nil }}))
}

// bare serves fragments of HTML, each in a frame of its own, without any header that protects them.
func (h *house) bare(fragments []string) (address string) {
	h.T.Helper()
	return h.serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><html lang=en><body>")
		for _, f := range fragments {
			fmt.Fprintf(w, `<iframe srcdoc="%s"></iframe>`, html.EscapeString(f))
		}
	}))
}

func (h *house) serve(handler http.Handler) (address string) {
	h.T.Helper()
	server := httptest.NewServer(handler)
	h.T.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}
