package desk

import (
	"context"
	"time"

	"callbox/channels"
	"callbox/internal/store"
)

// How often the sending is looked at, and how often when nothing was issued and nothing waits.
const (
	paceEvery = 500 * time.Millisecond
	paceRest  = 5 * time.Second
)

// pacer remembers what was noted last, so that only changes are.
type pacer struct {
	*Desk
	last    map[string]map[paceKey]store.Totals // by outage
	version [2]int64                            // of the board, when it was noted last
	rest    time.Time                           // no look before, unless something is issued
}

type paceKey struct {
	seq     int
	channel channels.Name
}

// runPace notes how far bulletins have come until ctx ends.
func (d *Desk) runPace(ctx context.Context) {
	p := pacer{Desk: d}
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := p.look(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("the pace could not be noted", "why", err)
		}
	}
}

// look notes the pace unless nothing can have changed.
func (p *pacer) look(ctx context.Context) error {
	version, err := p.Store.BoardVersion(ctx)
	if err != nil || version == p.version && time.Now().Before(p.rest) {
		return err
	}
	busy, err := p.note(ctx)
	if err != nil {
		return err
	}
	p.version = version
	if !busy {
		p.rest = time.Now().Add(paceRest)
	}
	return nil
}

// NotePace notes how far every bulletin has come that is being sent. Run does it all the time.
func (d *Desk) NotePace(ctx context.Context) error {
	p := pacer{Desk: d}
	_, err := p.note(ctx)
	return err
}

// note writes what has changed since it was called last, and reports whether anything is on its way.
func (p *pacer) note(ctx context.Context) (busy bool, err error) {
	ids, err := p.Store.Sending(ctx)
	if err != nil {
		return false, err
	}
	// Processes share moments, so that several of them write a step once.
	at := p.Now().UTC().Truncate(paceEvery)
	known := map[string]map[paceKey]store.Totals{}
	for _, id := range ids {
		figures, err := p.Store.Figures(ctx, id, false)
		if err != nil {
			return busy, err
		}
		known[id] = map[paceKey]store.Totals{}
		var steps []store.Step
		for _, f := range figures {
			key := paceKey{f.Seq, f.Channel}
			known[id][key] = f.Totals
			busy = busy || f.Waiting > 0
			if was, ok := p.last[id][key]; ok && was == f.Totals {
				continue
			}
			steps = append(steps, store.Step{Seq: f.Seq, Channel: f.Channel, At: at, Targeted: f.Targeted, Accepted: f.Accepted, Waiting: f.Waiting})
		}
		if len(steps) == 0 {
			continue
		}
		busy = true
		if err := p.Store.Note(ctx, id, steps); err != nil {
			return busy, err
		}
	}
	p.last = known
	return busy, nil
}
