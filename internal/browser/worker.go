package browser

import (
	"context"

	"github.com/chromedp/chromedp"
)

// InWorker runs a script in the service worker of the page, which must be at work, and returns its value, or
// what its promise becomes.
func InWorker[T any](tab *Tab, script string) T {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	targets, err := chromedp.Targets(ctx)
	tab.must("list what runs in the browser", err)
	for _, target := range targets {
		if target.Type != "service_worker" || target.BrowserContextID != chromedp.FromContext(tab.Ctx).BrowserContextID {
			continue
		}
		worker, leave := chromedp.NewContext(tab.Ctx, chromedp.WithTargetID(target.TargetID))
		tab.T.Cleanup(leave)
		v, err := chromedp.Run(worker, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
		tab.must("run a script in the worker", err)
		return v
	}
	tab.T.Fatal("no service worker is at work")
	panic("unreachable")
}
