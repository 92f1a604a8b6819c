package desk

import (
	"context"
	"sync"
	"time"
)

// How often the desk looks after what nobody asks for.
const (
	releaseEvery = 250 * time.Millisecond
	renewEvery   = time.Minute
	forgetEvery  = time.Hour
	renewBefore  = 30 * time.Minute
	renewLast    = 5 * time.Minute // a renewal waits for people until then
)

// Run does the desk's duties until ctx ends: it releases approved drafts, renews what the feed says,
// forgets what is kept too long, wakes officials, writes to residents, notes how fast bulletins go,
// copies the audit trail and asks every way out whether it could be used. Its errors are logged and tried again: the next round may succeed.
func (d *Desk) Run(ctx context.Context) {
	var beside sync.WaitGroup // what may take long: a release never waits for it
	beside.Go(func() { d.runWakes(ctx) })
	beside.Go(func() { d.runPace(ctx) })
	beside.Go(func() { d.runTrail(ctx) })
	beside.Go(func() { d.runProbes(ctx) })
	beside.Go(func() { d.runResidents(ctx) })
	defer beside.Wait()
	release, renew, forget := time.NewTicker(releaseEvery), time.NewTicker(renewEvery), time.NewTicker(forgetEvery)
	defer release.Stop()
	defer renew.Stop()
	defer forget.Stop()
	for {
		var err error
		duty := ""
		select {
		case <-ctx.Done():
			return
		case <-release.C:
			duty = "release"
			_, err = d.Release(ctx)
		case <-renew.C:
			duty = "renew"
			err = d.Renew(ctx)
		case <-forget.C:
			duty = "forget"
			err = d.Store.Forget(ctx)
		}
		if err != nil && ctx.Err() == nil {
			d.Log.Error("a duty failed and is tried again", "duty", duty, "why", err)
		}
	}
}
