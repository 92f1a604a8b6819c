package bounces

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/prometheus/client_golang/prometheus"

	"callbox/channels/email"
)

// Config is what an intake needs.
type Config struct {
	ReturnPath string       // of [email.Config], with its *
	Secret     email.Secret // the bounce key
	// Take is told of every report whose return path is ours, by the key of its delivery. known is false
	// for a delivery that is not there any more. After an error the report comes again; those behind it
	// wait, unless the error is ErrEarly.
	Take func(ctx context.Context, key string, r Report) (known bool, err error)
	Log  *slog.Logger // nil for none
}

// ErrEarly says that a report came before it was written that its mail left.
var ErrEarly = errors.New("too early to be written down")

// Intake takes reports, by LMTP or from a mailbox. Whatever it cannot use it takes and forgets: nothing that
// came back goes back.
type Intake struct {
	cfg   Config
	smtp  *smtp.Server
	count *prometheus.CounterVec
	ctx   context.Context
	stop  context.CancelFunc
}

// maxReport bounds a report in bytes; it may hold the whole mail that it is about.
const maxReport = 2 << 20

// New returns an intake. It neither listens nor reads yet.
func New(c Config) *Intake {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	in := &Intake{cfg: c, count: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "callbox_mail_returned_total",
		Help: "Mails that came back, by what became of them: bounced, complained, unknown (no such delivery any more), forged, other, early (before it was written that the mail left), failed."},
		[]string{"outcome"})}
	in.ctx, in.stop = context.WithCancel(context.Background())
	in.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{intake: in}, nil }))
	in.smtp.LMTP = true
	in.smtp.Domain = "callbox"
	in.smtp.MaxMessageBytes = maxReport
	in.smtp.MaxRecipients = 10
	in.smtp.ReadTimeout, in.smtp.WriteTimeout = time.Minute, time.Minute
	in.smtp.ErrorLog = slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn)
	return in
}

// Metrics counts what came back.
func (in *Intake) Metrics() prometheus.Collector { return in.count }

// take reads one mail that came to some addresses. An error means that it must come again.
func (in *Intake) take(ctx context.Context, to []string, r io.Reader) error {
	report, err := Parse(r)
	_, _ = io.Copy(io.Discard, r) // what of it was not read; an LMTP server closes over what is left
	if err != nil {
		return in.counted("other", nil)
	}
	key, ok := in.key(slices.Concat(to, report.To, report.ReturnPaths))
	if !ok {
		return in.counted("forged", nil)
	}
	known, err := in.cfg.Take(ctx, key, report)
	switch {
	case errors.Is(err, ErrEarly):
		return in.counted("early", err)
	case err != nil:
		return in.counted("failed", err)
	case !known:
		return in.counted("unknown", nil)
	case report.Complaint:
		return in.counted("complained", nil)
	}
	return in.counted("bounced", nil)
}

func (in *Intake) counted(outcome string, err error) error {
	in.count.WithLabelValues(outcome).Inc()
	return err
}

// key returns the delivery that one of some addresses names.
func (in *Intake) key(addresses []string) (string, bool) {
	for _, a := range addresses {
		if key, ok := email.KeyIn(in.cfg.ReturnPath, in.cfg.Secret, a); ok {
			return key, true
		}
	}
	return "", false
}
