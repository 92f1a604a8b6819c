//go:build browser

package acceptance_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"callbox/internal/browser"
	"callbox/internal/officials"
)

// links are the pages of the console that a page leads to.
const links = `[...document.querySelectorAll('a[href]')].filter((a) => a.checkVisibility() && a.pathname.startsWith('/console/'))
	.map((a) => a.pathname + a.search)`

// statuses asks for pages as the one who is signed in.
const statuses = `(async (list) => { const out = {}; for (const path of list) out[path] = (await fetch(path)).status; return out; })`

// acceptance check 18, in a browser: what a role sees leads nowhere that it may not open; and where it goes all
// the same it reads that it may not, and how to get back.
func TestWhatARoleSeesItMayOpen(t *testing.T) {
	b := browser.Start(t)
	for _, role := range officials.Roles {
		t.Run(string(role), func(t *testing.T) {
			s := newWhole(t)
			h := &house{stage: &stage{Site: s.Site}, at: s.at, b: b}
			p := s.member(officials.Official{ID: "pat", Roles: []officials.Role{role}})
			tab := h.window(browser.Phone, p.Actor)
			paths := s.named()
			var seen []string
			for _, start := range []string{"GET /console/{$}", "GET /console/live/{$}", "GET /console/drill/{$}", "GET /console/live/office", "GET /console/live/outages/{id}",
				"GET /console/live/drafts/{id}/preview", "GET /console/live/directory", "GET /console/live/outages", "GET /console/drill/drills"} {
				if status := tab.Go(s.at + paths[start]); status != http.StatusOK {
					t.Errorf("%s: status %d", start, status)
				}
				for _, link := range browser.Eval[[]string](tab, links) {
					if !slices.Contains(seen, link) {
						seen = append(seen, link)
					}
				}
				quiet(tab, start)
			}
			if len(seen) < 12 {
				t.Errorf("it sees %q, want more ways", seen)
			}
			for link, status := range opened(tab, seen) {
				if status != http.StatusOK {
					t.Errorf("it sees %s, which answers %d", link, status)
				}
			}
			var closed []string
			for _, r := range s.Console.Routes() {
				space, _ := spaceOf(r)
				x, known := matrix[general(r, space)]
				if known && strings.HasPrefix(r.Pattern, "GET ") && x.others == 0 && x.to != everybody && x.to != anybody && !slices.Contains(strings.Fields(x.to), string(role)) {
					closed = append(closed, paths[r.Pattern])
				}
			}
			if len(closed) < 10 {
				t.Errorf("only %q are closed to it", closed)
			}
			for path, status := range opened(tab, closed) {
				if status != http.StatusForbidden || slices.Contains(seen, path) {
					t.Errorf("%s is closed to it, and answers %d; shown to it: %v", path, status, slices.Contains(seen, path))
				}
			}
			if status := tab.Go(s.at + closed[0]); status != http.StatusForbidden || !strings.Contains(tab.Text("main"), "Not allowed") || !tab.Has(`main a[href="/console/"]`) {
				t.Errorf("%s: %d %q", closed[0], status, tab.Text("main"))
			}
			tab.Accessible()
		})
	}
}

// opened asks for pages in a tab.
func opened(tab *browser.Tab, paths []string) map[string]int {
	tab.T.Helper()
	return browser.Eval[map[string]int](tab, statuses+"("+literal(paths)+")")
}

// named are the paths of every route that is asked for by GET, by pattern.
func (s *whole) named() map[string]string {
	out := map[string]string{}
	for _, r := range s.Console.Routes() {
		space, path := spaceOf(r)
		out[r.Pattern] = s.fill(space, path)
	}
	return out
}
