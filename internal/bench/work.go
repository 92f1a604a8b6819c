package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/channels"
	"callbox/channels/push"
)

// workSpec asks for a worker of a ledger, as one of several processes.
type workSpec struct {
	DB, Keys string
	Channel  channels.Name
	Far      farSide
}

// work sends whatever the ledger has until its task ends.
func work(ctx context.Context, spec workSpec, say func(any) error) error {
	l, err := openLedger(ctx, spec.DB, spec.Keys)
	if err != nil {
		return err
	}
	defer l.Close()
	ch, closing, err := carrier(spec.Channel, spec.Far)
	if err != nil {
		return err
	}
	p := newPost(l, l, spec.Channel, ch, spec.Far.Concurrency)
	if err := say(true); err != nil {
		return err
	}
	<-ctx.Done()
	return errors.Join(p.stop(), closing())
}

// desk is this process's own way to a ledger that others work on.
type desk struct {
	*ledger
	world  *world
	outage string
	issued time.Time

	outages []string // that were issued here
}

func (r *run) openDesk(db string) (*desk, error) {
	l, err := openLedger(r.ctx, db, r.path("keys"))
	if err != nil {
		return nil, err
	}
	w, err := newWorld(towns, time.Now())
	return &desk{ledger: l, world: w}, err
}

// alert issues one more outage to everybody.
func (d *desk) alert(ctx context.Context) error {
	d.outage = newName()
	d.outages = append(d.outages, d.outage)
	texts, err := d.world.texts(d.outage)
	if err != nil {
		return err
	}
	_, d.issued, err = d.issue(ctx, d.world, d.outage, texts)
	return err
}

// until waits until so many of the outage were accepted, and returns how long that took since the issue.
func (d *desk) until(ctx context.Context, n int, within time.Duration) (time.Duration, error) {
	for {
		took, targeted, err := d.accepted(ctx, d.outage)
		since := time.Since(d.issued)
		switch {
		case err != nil:
			return 0, err
		case took >= n:
			return since, nil
		case since > within:
			return 0, fmt.Errorf("%d of %d accepted within %v", took, targeted, within)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// hire starts a worker and waits until it is at work.
func (r *run) hire(spec workSpec) (*child, error) {
	c, err := start(r.ctx, "work", spec)
	if err != nil {
		return nil, err
	}
	var ready bool
	return c, c.hear(&ready)
}

// counted is a push service that counts, with a roll of devices there and a desk to issue at.
func (r *run) counted(n int, how pushFar) (*child, workSpec, *desk, pushReady, error) {
	how.Count = true
	service, at, err := startPush(r.ctx, how)
	if err != nil {
		return nil, workSpec{}, nil, at, err
	}
	spec := workSpec{Channel: channels.Push, Keys: r.path("keys"), Far: farSide{Roots: at.Roots, Engine: push.Native, Concurrency: pushes}}
	if spec.DB, _, err = r.roll(channels.Push, n, at.URL); err == nil {
		var d *desk
		if d, err = r.openDesk(spec.DB); err == nil {
			return service, spec, d, at, nil
		}
	}
	return nil, spec, nil, at, errors.Join(err, service.end())
}

// killed measures figure 15: a worker is killed in the middle, another goes on.
func (r *run) killed() error {
	n := r.some(10_000)
	r.Progress(fmt.Sprintf("a worker is killed in the middle of %d", n))
	service, spec, d, at, err := r.counted(n, pushFar{})
	if err != nil {
		return err
	}
	t, took, err := r.killOne(spec, d, at, n)
	if err = errors.Join(err, d.Close(), service.end()); err != nil {
		return err
	}
	never := float64(n - t.Devices)
	r.add("15", Row{Figure: "15/never", What: fmt.Sprintf("of %d, never sent after kill -9 of the worker at 40 %%", n), Unit: "pushes",
		Note: fmt.Sprintf("the next worker had finished %.1f s after the issue", took.Seconds())}.ours(sample{never}).atMost(0, never, ""))
	r.add("15", Row{Figure: "15/repeats", What: "of them, sent twice", Unit: "pushes"}.ours(sample{float64(t.Repeats)}).
		atMost(flushes, float64(t.Repeats), ", one flush"))
	return nil
}

func (r *run) killOne(spec workSpec, d *desk, at pushReady, n int) (t tally, took time.Duration, err error) {
	first, err := r.hire(spec)
	if err != nil {
		return t, 0, err
	}
	if err := d.alert(r.ctx); err != nil {
		return t, 0, errors.Join(err, first.end())
	}
	_, err = d.until(r.ctx, n*2/5, time.Minute)
	_ = first.cmd.Process.Kill()
	_ = first.end() // killed
	if err != nil {
		return t, 0, err
	}
	second, err := r.hire(spec)
	if err != nil {
		return t, 0, err
	}
	if took, err = d.until(r.ctx, n, 2*time.Minute); err == nil {
		t, err = tallyOf(r.ctx, at)
	}
	return t, took, errors.Join(err, second.end())
}

// putOff measures figure 16: a tenth of the devices are answered 503 for a while.
func (r *run) putOff() error {
	n := r.some(10_000)
	r.Progress(fmt.Sprintf("a tenth of %d is put off for %v", n, r.busy))
	service, spec, d, at, err := r.counted(n, pushFar{Busy: r.busy})
	if err != nil {
		return err
	}
	worker, err := r.hire(spec)
	if err != nil {
		return errors.Join(err, d.Close(), service.end())
	}
	var most, all time.Duration
	var t tally
	if err = d.alert(r.ctx); err == nil {
		most, err = d.until(r.ctx, n*9/10, time.Minute)
	}
	if err == nil {
		all, err = d.until(r.ctx, n, 2*time.Minute)
	}
	if err == nil {
		t, err = tallyOf(r.ctx, at)
	}
	if err = errors.Join(err, worker.end(), d.Close(), service.end()); err != nil {
		return err
	}
	after := max(0, (all - r.busy).Seconds())
	r.add("16", Row{What: fmt.Sprintf("a tenth of %d is answered 503 for %v: until the last was delivered, after that", n, r.busy), Unit: "s",
		Note: fmt.Sprintf("%d of %d arrived, after %d answers 503; the other nine tenths had arrived after %.1f s", t.Devices, n, t.Refused, most.Seconds())}.
		ours(sample{after}).atMost(60, after, " s"))
	return nil
}

// distance is how far the mail server of figure 11 is: then a worker waits more than it works, and one
// more has something to add until a core is full.
const distance = 10 * time.Millisecond

// workers measures figure 11.
func (r *run) workers() error {
	if r.Postgres == "" {
		r.add("11", Row{What: "mails by three workers on PostgreSQL beside three times those by one", Note: "no PostgreSQL is named: see --postgres"})
		return nil
	}
	const most = 3
	n := r.some(4000)
	r.Progress(fmt.Sprintf("signing up %d subscribers on PostgreSQL", n))
	if _, err := ask[enrolled](r.ctx, "enrol", enrolSpec{DB: r.Postgres, Keys: r.path("keys"), Channel: channels.Email, N: n}); err != nil {
		return err
	}
	cable, err := start(r.ctx, "delay", delaySpec{To: r.sink.mail, Way: distance / 2})
	if err != nil {
		return err
	}
	var addr string
	if err := cable.hear(&addr); err != nil {
		return err
	}
	spec := workSpec{DB: r.Postgres, Keys: r.path("keys"), Channel: channels.Email, Far: farSide{Addr: addr, Connections: 10, Concurrency: 20}}
	d, err := r.openDesk(spec.DB)
	if err != nil {
		return errors.Join(err, cable.end())
	}
	rates := make([]sample, most+1)
	for round := range r.Rounds {
		for k := 1; k <= most && err == nil; k++ {
			r.Progress(fmt.Sprintf("%d workers on PostgreSQL, round %d of %d", k, round+1, r.Rounds))
			var took time.Duration
			took, err = r.withWorkers(k, spec, d, n)
			rates[k] = append(rates[k], float64(n)/took.Seconds())
		}
	}
	if err = errors.Join(err, d.Close(), cable.end()); err != nil {
		return err
	}
	for k := 2; k <= most; k++ {
		var times sample
		for _, one := range rates[1] {
			times = append(times, one*float64(k))
		}
		row := Row{Figure: fmt.Sprintf("11/%d", k), What: fmt.Sprintf("mails by %d workers on PostgreSQL, %v away", k, distance), Unit: "per second"}.
			ours(rates[k]).beside(fmt.Sprintf("%d times one worker", k), times, rates[k])
		r.add("11", row.atLeast(0.8, row.Ratio, ""))
	}
	return nil
}

func (r *run) withWorkers(k int, spec workSpec, d *desk, n int) (took time.Duration, err error) {
	var all []*child
	for range k {
		var c *child
		if c, err = r.hire(spec); err != nil {
			break
		}
		all = append(all, c)
	}
	if err == nil {
		if err = d.alert(r.ctx); err == nil {
			took, err = d.until(r.ctx, n, 2*time.Minute)
		}
	}
	for _, c := range all {
		err = errors.Join(err, c.end())
	}
	return took, err
}
