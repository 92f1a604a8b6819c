package dispatch

import (
	"github.com/prometheus/client_golang/prometheus"

	"callbox/channels"
)

// meter counts what the sender does.
type meter struct {
	attempts *prometheus.CounterVec
	flying   *prometheus.GaugeVec
	lanes    *prometheus.GaugeVec
	fenced   prometheus.Counter
}

func newMeter() *meter {
	return &meter{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callbox_attempts_total",
			Help: "Attempts to send, by channel and what came of them: accepted or a verdict.",
		}, []string{"channel", "verdict"}),
		flying: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "callbox_attempts_in_flight",
			Help: "Attempts that have begun and not ended.",
		}, []string{"channel"}),
		lanes: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "callbox_lanes",
			Help: "Lanes with something to send, by channel and state: open, probing (one attempt at a time) or held.",
		}, []string{"channel", "state"}),
		fenced: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "callbox_results_fenced_total",
			Help: "Results that came after another process had taken over the batch; these messages may repeat.",
		}),
	}
}

func (m *meter) failed(n channels.Name, err error) {
	verdict, _ := channels.VerdictOf(err)
	m.attempts.WithLabelValues(string(n), verdict.String()).Inc()
}

// Describe implements [prometheus.Collector].
func (m *meter) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (m *meter) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(ch)
	}
}

func (m *meter) all() []prometheus.Collector {
	return []prometheus.Collector{m.attempts, m.flying, m.lanes, m.fenced}
}

// Metrics returns the figures of the sender, for the caller to register.
func (s *Sender) Metrics() prometheus.Collector { return s.meter }
