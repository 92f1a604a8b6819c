package bounces

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/emersion/go-smtp"
)

// Serve takes reports by LMTP (RFC 2033), which mail servers speak to programs beside them, until Close.
func (in *Intake) Serve(on net.Listener) error { return in.smtp.Serve(on) }

// Close ends Serve and its connections. What was not answered comes again.
func (in *Intake) Close() error {
	in.stop()
	return in.smtp.Close()
}

// session is one connection.
type session struct {
	intake *Intake
	to     []string
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
	err := s.intake.take(s.intake.ctx, s.to, r)
	if err == nil {
		return nil
	}
	if !errors.Is(err, context.Canceled) && !errors.Is(err, ErrEarly) {
		s.intake.cfg.Log.Error("a mail that came back could not be written down and comes again", "why", err)
	}
	return again
}
