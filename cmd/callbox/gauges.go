package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"callbox/internal/store"
)

// gauges tells Prometheus where the installation stands. It asks the database when it is asked, for no
// longer than a scrape may take; what cannot be read is left out, and callbox_ready is 0 then.
type gauges struct{ p *program }

var (
	readyGauge = prometheus.NewDesc("callbox_ready", "1 when this process can serve and send.", nil, nil)
	openGauge  = prometheus.NewDesc("callbox_open_outages", "Outages that were announced and not ended, by mode.", []string{"mode"}, nil)
	waitGauge  = prometheus.NewDesc("callbox_waiting", "Deliveries that wait, by list and channel.", []string{"list", "channel"}, nil)
	haltGauge  = prometheus.NewDesc("callbox_lanes_halted", "Lanes that are broken until somebody mends them, by channel.", []string{"channel"}, nil)
	lateGauge  = prometheus.NewDesc("callbox_release_late_seconds", "How long the oldest approved bulletin is due and not issued; 0 when none is.", nil, nil)
	pointGauge = prometheus.NewDesc("callbox_backup_age_seconds", "Age of the newest backup; absent when there is none.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{readyGauge, openGauge, waitGauge, haltGauge, lateGauge, pointGauge} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
	defer stop()
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ready := 0.0
	if g.p.ready() == nil {
		ready = 1
	}
	send(readyGauge, ready)
	now := g.p.desk.Now()
	if due, err := g.p.store.Backlog(ctx); err == nil {
		late := 0.0
		if !due.IsZero() {
			late = max(now.Sub(due).Seconds(), 0)
		}
		send(lateGauge, late)
	}
	if last, err := g.p.store.LastBackup(ctx); err == nil {
		send(pointGauge, now.Sub(last.Made).Seconds())
	}
	if open, err := g.p.store.Outages(ctx, store.Selection{Open: true}); err == nil {
		counts := map[string]float64{"live": 0}
		for _, o := range open {
			counts[string(o.Mode)]++
		}
		for mode, n := range counts {
			send(openGauge, n, mode)
		}
	}
	g.lanes(ctx, send)
}

func (g gauges) lanes(ctx context.Context, send func(*prometheus.Desc, float64, ...string)) {
	lanes, err := g.p.store.LaneStates(ctx)
	if err != nil {
		return
	}
	waiting, halted := map[[2]string]float64{}, map[string]float64{}
	for _, l := range lanes {
		waiting[[2]string{l.List, string(l.Channel)}] += float64(l.Waiting)
		halted[string(l.Channel)] += 0
		if l.Broken != "" {
			halted[string(l.Channel)]++
		}
	}
	for k, n := range waiting {
		send(waitGauge, n, k[0], k[1])
	}
	for channel, n := range halted {
		send(haltGauge, n, channel)
	}
}
