package bounces

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/prometheus/client_golang/prometheus"

	"callbox/channels/email"
)

// Config is what a listener needs.
type Config struct {
	ReturnPath string       // of [email.Config], with its *
	Secret     email.Secret // the bounce key
	// Take is told of every report whose return path is ours, by the key of its delivery. known is false
	// for a delivery that is not there any more. After an error the mail server sends the report again.
	Take func(ctx context.Context, key string, r Report) (known bool, err error)
	Log  *slog.Logger // nil for none
}

// Listener takes reports by LMTP (RFC 2033), which mail servers speak to programs beside them. Whatever it
// cannot use it takes and forgets: nothing that came back goes back.
type Listener struct {
	cfg   Config
	smtp  *smtp.Server
	count *prometheus.CounterVec
	ctx   context.Context
	stop  context.CancelFunc
}

// maxReport bounds a report in bytes; it may hold the whole mail that it is about.
const maxReport = 2 << 20

// New returns a listener. It does not listen yet.
func New(c Config) *Listener {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Listener{cfg: c, count: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "callbox_mail_returned_total",
		Help: "Mails that came back, by what became of them: bounced, complained, unknown (no such delivery any more), forged, other, failed."},
		[]string{"outcome"})}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{listener: l}, nil }))
	l.smtp.LMTP = true
	l.smtp.Domain = "callbox"
	l.smtp.MaxMessageBytes = maxReport
	l.smtp.MaxRecipients = 10
	l.smtp.ReadTimeout, l.smtp.WriteTimeout = time.Minute, time.Minute
	l.smtp.ErrorLog = slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn)
	return l
}

// Metrics counts what came back.
func (l *Listener) Metrics() prometheus.Collector { return l.count }

// Serve takes reports until Close.
func (l *Listener) Serve(on net.Listener) error { return l.smtp.Serve(on) }

// Close ends the listener and its connections. What was not answered comes again.
func (l *Listener) Close() error {
	l.stop()
	return l.smtp.Close()
}

// session is one connection.
type session struct {
	listener *Listener
	to       []string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Reset() { s.to = nil }

func (s *session) Logout() error { return nil }

// again asks the mail server to bring a report later (RFC 3463: 4.3.0).
var again = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not now, try again later"}

func (s *session) Data(r io.Reader) error {
	l := s.listener
	report, err := Parse(r)
	_, _ = io.Copy(io.Discard, r) // what of it was not read; the server closes over what is left
	if err != nil {
		return l.counted("other", nil)
	}
	key, ok := l.key(append(s.to, report.ReturnPaths...))
	if !ok {
		return l.counted("forged", nil)
	}
	known, err := l.cfg.Take(l.ctx, key, report)
	switch {
	case err != nil:
		return l.counted("failed", err)
	case !known:
		return l.counted("unknown", nil)
	case report.Complaint:
		return l.counted("complained", nil)
	}
	return l.counted("bounced", nil)
}

func (l *Listener) counted(outcome string, err error) error {
	l.count.WithLabelValues(outcome).Inc()
	if err == nil {
		return nil
	}
	if !errors.Is(err, context.Canceled) {
		l.cfg.Log.Error("a mail that came back could not be written down and comes again", "why", err)
	}
	return again
}

// key returns the delivery that one of some addresses names.
func (l *Listener) key(addresses []string) (string, bool) {
	for _, a := range addresses {
		if key, ok := email.KeyIn(l.cfg.ReturnPath, l.cfg.Secret, a); ok {
			return key, true
		}
	}
	return "", false
}
