package browser

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Go opens a URL, waits until it is loaded and returns its status; 0 where a worker answered without one.
func (tab *Tab) Go(to string) int {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	answer, err := chromedp.RunResponse(ctx, chromedp.Navigate(to))
	tab.must("open "+to, err)
	return status(answer)
}

// Press clicks an element whose click leads to another page, waits until that is loaded and returns its
// status. The selector is CSS.
func (tab *Tab) Press(selector string) int {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	answer, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
	tab.must("press "+selector, err)
	return status(answer)
}

func status(r *network.Response) int {
	if r == nil {
		return 0
	}
	return int(r.Status)
}

// Reload loads the page again.
func (tab *Tab) Reload() {
	tab.T.Helper()
	tab.do("reload", chromedp.Reload())
}

// Back goes back as the button does.
func (tab *Tab) Back() {
	tab.T.Helper()
	tab.do("go back", chromedp.NavigateBack())
}

// Click clicks an element that stays on its page.
func (tab *Tab) Click(selector string) {
	tab.T.Helper()
	tab.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Fill replaces what a text field holds by typing.
func (tab *Tab) Fill(selector, text string) {
	tab.T.Helper()
	tab.do("find "+selector, chromedp.WaitReady(chromedp.CSS(selector)))
	Eval[any](tab, `document.querySelector(`+quote(selector)+`).value = ''; null`)
	if text != "" {
		tab.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
	}
}

// Set gives a field a value without typing: the option of a select element, a time, a long text.
func (tab *Tab) Set(selector, value string) {
	tab.T.Helper()
	tab.do("find "+selector, chromedp.WaitReady(chromedp.CSS(selector)))
	Eval[any](tab, `(() => {
		const e = document.querySelector(`+quote(selector)+`);
		e.value = `+quote(value)+`;
		for (const name of ['input', 'change']) e.dispatchEvent(new Event(name, {bubbles: true}));
		return null;
	})()`)
}

// Keys presses keys, such as "\t" to move on.
func (tab *Tab) Keys(keys string) {
	tab.T.Helper()
	tab.do("press keys", chromedp.KeyEvent(keys))
}

// Text returns what a person reads in the first element that matches.
func (tab *Tab) Text(selector string) string {
	tab.T.Helper()
	return Eval[string](tab, `(document.querySelector(`+quote(selector)+`)?.innerText ?? '(no such element)')`)
}

// Has reports whether an element is there and can be seen.
func (tab *Tab) Has(selector string) bool {
	tab.T.Helper()
	return Eval[bool](tab, `[...document.querySelectorAll(`+quote(selector)+`)].some((e) => e.checkVisibility())`)
}

// Title returns the title of the page.
func (tab *Tab) Title() string {
	tab.T.Helper()
	return Eval[string](tab, `document.title`)
}

// URL returns the address of the page.
func (tab *Tab) URL() string {
	tab.T.Helper()
	return Eval[string](tab, `location.href`)
}

// Eval runs a script in the page and returns its value, or what its promise becomes. It works where the
// page's own scripts are off.
func Eval[T any](tab *Tab, script string) T {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	tab.must("run a script", err)
	return v
}

// Wait waits until a script's value is true.
func (tab *Tab) Wait(script string) {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](script))
	tab.must("wait for "+script, err)
}

// Foreign lists the requests that went to another origin than the page's own.
func (tab *Tab) Foreign() []string {
	tab.T.Helper()
	own := Eval[string](tab, `location.origin`)
	tab.mu.Lock()
	defer tab.mu.Unlock()
	var out []string
	for _, asked := range tab.requests {
		u, err := url.Parse(asked)
		inPage := err == nil && slices.Contains([]string{"data", "blob", "about"}, u.Scheme)
		if !inPage && asked != own && !strings.HasPrefix(asked, own+"/") {
			out = append(out, asked)
		}
	}
	return out
}

// quote makes a text a literal of a script.
func quote(s string) string {
	r := strings.NewReplacer("\\", "\\\\", "'", "\\'", "\n", "\\n")
	return "'" + r.Replace(s) + "'"
}

// Complaints returns what the page has written to the console as errors since it was called, until stop.
func (tab *Tab) Complaints() (stop func() []string) {
	tab.T.Helper()
	ctx, cancel := context.WithCancel(tab.Ctx)
	said := make(chan string, 100)
	note := func(s string) {
		select {
		case said <- s:
		default: // a hundred are enough to fail a test
		}
	}
	tab.must("listen", chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			note(e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError && len(e.Args) > 0 {
				note(string(e.Args[0].Value))
			}
		}
	}))
	return func() []string {
		cancel()
		var all []string
		for {
			select {
			case s := <-said:
				all = append(all, s)
			default:
				return all
			}
		}
	}
}
