package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"callbox/channels"
	"callbox/internal/store"
)

// How often every way out is asked whether it could be used, how long one may take to answer, and when an
// answer is too old to say anything.
const (
	probeEvery  = 15 * time.Minute
	probeWithin = 30 * time.Second
	probeOld    = time.Hour
)

// runProbes asks every way out now and then until ctx ends.
func (d *Desk) runProbes(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		if err := d.Probe(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("what was probed could not be written down", "why", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Probe asks every channel, and every outlet, whether it could be used now, and keeps the answers for
// Readiness (promise 11). Nobody is told anything by it.
func (d *Desk) Probe(ctx context.Context) error {
	outlets, err := d.Store.OutletAddresses(ctx)
	if err != nil {
		return err
	}
	var list []store.Probe
	ask := func(name string, p channels.Prober, to string) {
		asked, stop := context.WithTimeout(ctx, probeWithin)
		defer stop()
		x := store.Probe{Name: name, At: d.Now()}
		if err := p.Probe(asked, to); err != nil {
			x.Fault = channels.Strip(err).Error()
		}
		list = append(list, x)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Channels)) {
		if p, ok := d.Channels[name].(channels.Prober); ok && (personal(name) || name == channels.CAP) {
			ask(string(name), p, "")
		}
	}
	for _, o := range outlets {
		if p, ok := d.Channels[o.Channel].(channels.Prober); ok && o.Channel != channels.CAP {
			ask(fmt.Sprintf("%s %s %d", o.Channel, o.List, o.ID), p, o.To.Reveal())
		}
	}
	if ctx.Err() != nil {
		return nil // cut off, not at fault
	}
	return d.Store.SaveProbes(ctx, list)
}

// readyProbes says how every way out was when it was last asked.
func (d *Desk) readyProbes(ctx context.Context) ([]Check, error) {
	list, err := d.Store.Probes(ctx)
	if err != nil {
		return nil, err
	}
	var out []Check
	for _, p := range list {
		what, age := "probe of "+p.Name, d.Now().Sub(p.At)
		switch {
		case p.Fault != "":
			out = append(out, Check{what, false, fmt.Sprintf("at %s UTC: %s", p.At.Format("15:04"), p.Fault)})
		case age > probeOld:
			out = append(out, Check{what, false, fmt.Sprintf("nobody has asked for %s: is callbox serve running?", age.Round(time.Minute))})
		default:
			out = append(out, Check{what, true, "could be used at " + p.At.Format("15:04") + " UTC"})
		}
	}
	return out, nil
}
