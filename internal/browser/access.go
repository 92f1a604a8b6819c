package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
)

// axe is the script of axe-core, which npm installs beside this package.
var axe = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	script, err := os.ReadFile(filepath.Join(root, "internal", "browser", "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("%w: make interop-tools", err)
	}
	return string(script), nil
})

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod above %s", dir)
		}
		dir = up
	}
}

// violation is a finding of axe.
type violation struct {
	ID    string
	Help  string
	Nodes []string
}

// rules are those of WCAG 2.2 A and AA and axe's best practices.
const runAxe = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then((r) =>
	r.violations.map((v) => ({ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary)})))`

// Accessible fails the test where axe finds anything, where the page scrolls sideways, where it has not
// exactly one h1, or where an element that has the focus lies hidden behind another (WCAG 2.2, 1.4.10, 2.4.11).
func (tab *Tab) Accessible() {
	tab.T.Helper()
	script, err := axe()
	tab.must("load axe", err)
	Eval[any](tab, "{"+script+"}; null")
	for _, v := range Eval[[]violation](tab, runAxe) {
		tab.T.Errorf("axe: %s: %s, at %s\n\t%s", v.ID, v.Help, tab.where(), strings.Join(v.Nodes, "\n\t"))
	}
	if wide := Eval[int](tab, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		tab.T.Errorf("%s scrolls sideways by %d pixels in a window of %d", tab.where(), wide, Eval[int](tab, `innerWidth`))
	}
	if n := Eval[int](tab, `document.querySelectorAll('h1').length`); n != 1 {
		tab.T.Errorf("%s has %d h1, want 1", tab.where(), n)
	}
	for _, hidden := range Eval[[]string](tab, obscured) {
		tab.T.Errorf("%s: with the focus it lies hidden: %s", tab.where(), hidden)
	}
}

// obscured gives the focus to every element that takes it and looks whether any of it can be seen. Labels
// that lie over their control, and what an element contains, do not hide it.
const obscured = `(() => {
	const out = [];
	const before = document.activeElement;
	const root = document.documentElement.style;
	root.scrollBehavior = 'auto'; // what glides into view is not there yet
	for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')) {
		if (e.disabled || e.tabIndex < 0 || e.type === 'hidden' || !e.checkVisibility()) continue;
		e.focus();
		const r = e.getBoundingClientRect();
		if (r.width === 0 || r.height === 0) continue;
		const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]];
		const seen = points.some(([x, y]) => {
			const top = document.elementFromPoint(r.left + r.width * x, r.top + r.height * y);
			return top && (e.contains(top) || top.contains(e) || top.closest('label')?.control === e);
		});
		if (!seen) out.push(e.outerHTML.slice(0, 200));
	}
	before?.focus?.();
	root.scrollBehavior = '';
	return out;
})()`

// Colors makes the page show itself as with forced colours, or as with a dark or light preference:
// "forced", "dark", "light".
func (tab *Tab) Colors(which string) {
	tab.T.Helper()
	feature := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: which}
	if which == "forced" {
		feature = &emulation.MediaFeature{Name: "forced-colors", Value: "active"}
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{feature}})
}
