// Package browser gives tests a real browser: headless Chromium, driven over the DevTools protocol, with
// narrow and wide windows, scripts on or off, a virtual authenticator for passkeys, and axe.
//
// It is for tests alone. They carry the build tag "browser" and run by "make browser", which installs
// Chromium first. Serve pages to it at http://localhost, which browsers take for a secure context.
package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Widths of windows in CSS pixels: a small phone, and a desk.
const (
	Phone = 320
	Desk  = 1280
)

// height of every window in CSS pixels.
const height = 800

// patience is how long a page may take over one thing. It ends a test that hangs, and measures nothing.
const patience = 30 * time.Second

// Browser is one running Chromium. It ends with its test.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// Start starts a browser. A machine that has none fails the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := find(t)
	// Not t.TempDir: the children of Chromium still write there for a moment when it is gone.
	dir, err := os.MkdirTemp("", "callbox-browser-")
	if err != nil {
		t.Fatal(err)
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.Flag("force-prefers-reduced-motion", true))...) // a click aims before a page that glides has arrived
	ctx, quit := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		quit()
		stop()
		remove(dir)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return &Browser{t: t, ctx: ctx}
}

func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium-headless-shell", "chromium"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("chromium is not installed: make interop-tools (Debian, root)")
	return ""
}

func remove(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Tab is a window with cookies, storage and workers of its own, as of a person of its own.
type Tab struct {
	T   testing.TB
	Ctx context.Context // for chromedp's own actions
	b   *Browser

	mu       sync.Mutex
	requests []string // URLs, in the order in which they were asked for
}

// Option changes a tab before its first page.
type Option func(*Tab)

// NoScript turns scripts off.
func NoScript(tab *Tab) {
	call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Tab opens a window of a width.
func (b *Browser) Tab(width int, options ...Option) *Tab {
	b.t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	b.t.Cleanup(closeTab)
	tab := &Tab{T: b.t, Ctx: ctx, b: b}
	tab.open(width, options)
	return tab
}

// Beside opens another window of the same person.
func (tab *Tab) Beside(width int, options ...Option) *Tab {
	tab.T.Helper()
	ctx, closeTab := chromedp.NewContext(tab.Ctx)
	tab.T.Cleanup(closeTab)
	other := &Tab{T: tab.T, Ctx: ctx, b: tab.b}
	other.open(width, options)
	return other
}

func (tab *Tab) open(width int, options []Option) {
	tab.T.Helper()
	tab.must("open a tab", chromedp.Do(tab.Ctx))
	tab.must("listen", chromedp.Listen(tab.Ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			tab.mu.Lock()
			defer tab.mu.Unlock()
			tab.requests = append(tab.requests, e.Request.URL)
		}
	}))
	tab.Width(width)
	for _, o := range options {
		o(tab)
	}
}

// Width makes the window so wide.
func (tab *Tab) Width(px int) {
	tab.T.Helper()
	tab.do("set the width", chromedp.EmulateViewport(int64(px), height))
}

// do runs steps with the patience of a test.
func (tab *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	tab.must(what, chromedp.Do(ctx, steps...))
}

func (tab *Tab) must(what string, err error) {
	tab.T.Helper()
	if err != nil {
		tab.Picture("failed")
		tab.T.Fatalf("%s: %v\nat %s\n%s", what, err, tab.where(), tab.seen())
	}
}

// where and seen say what a failed test was looking at.
func (tab *Tab) where() string { return peek(tab, `location.href`) }
func (tab *Tab) seen() string  { return peek(tab, `document.body?.innerText.slice(0, 1500) ?? ''`) }

func peek(tab *Tab, script string) string {
	ctx, stop := context.WithTimeout(tab.Ctx, 2*time.Second)
	defer stop()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](script)) // a page that cannot say where it is says nothing
	return text
}

// call sends one command of the protocol.
func call[P, R any](tab *Tab, cmd cdp.Command[P, R], params P) R {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	r, err := chromedp.Call(ctx, cmd, params)
	tab.must("ask the browser", err)
	return r
}

// Picture keeps a picture of the whole page, as NAME.png in the folder that the environment names in
// BROWSER_PICTURES; without one it does nothing.
func (tab *Tab) Picture(name string) {
	dir := os.Getenv("BROWSER_PICTURES")
	if dir == "" {
		return
	}
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		tab.T.Logf("picture %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		tab.T.Logf("picture %s: %v", name, err)
	}
}
