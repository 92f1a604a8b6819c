package mailtest

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection; go-smtp calls its methods one after the other.
type session struct {
	server *Server
	conn   *smtp.Conn
	user   string
	from   string
	to     string
	answer Answer
	data   bytes.Buffer
}

func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	out := &session{server: s, conn: c}
	return out, out.give(s.nextGreet())
}

// give carries an answer out: it returns the error to answer with, or nil to accept.
func (s *session) give(a Answer) error {
	wait := a.Delay
	if a.Silent {
		wait = time.Hour
	}
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.server.closed:
			return errors.New("closing")
		}
	}
	if a.Drop && a.Code == 0 {
		_ = s.conn.Conn().Close()
		return errors.New("dropped")
	}
	if a.Code == 0 {
		return nil
	}
	if a.Drop {
		// The answer goes out first: go-smtp reads the next command only then, and finds the end.
		_ = s.conn.Conn().SetReadDeadline(time.Unix(1, 0))
	}
	return &smtp.SMTPError{Code: a.Code, EnhancedCode: a.Status, Message: a.Text}
}

func (s *session) AuthMechanisms() []string {
	if s.server.opts.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.opts.User || password != s.server.opts.Password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.opts.User != "" && s.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.from = from
	if s.answer = s.server.nextMail(); s.answer.At == MailFrom {
		return s.give(s.answer)
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if a := s.server.answerFor(to); a != Accept {
		s.answer = a
	}
	if s.answer.At == Rcpt {
		return s.give(s.answer)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	s.data.Reset()
	if _, err := s.data.ReadFrom(r); err != nil {
		return err
	}
	refuses := s.answer.At == End && s.answer.Code != 0
	if !refuses {
		s.server.take(s.mail())
	}
	if s.answer.At == End {
		return s.give(s.answer)
	}
	return nil
}

func (s *session) mail() Mail {
	m := Mail{From: s.from, To: s.to, User: s.user}
	_, m.Secure = s.conn.TLSConnectionState()
	const field = "\r\nMessage-ID: <"
	if _, rest, ok := bytes.Cut(s.data.Bytes(), []byte(field)); ok {
		id, _, _ := bytes.Cut(rest, []byte(">"))
		m.MessageID = string(id)
	}
	if s.server.opts.Keep {
		m.Data = bytes.Clone(s.data.Bytes())
	}
	return m
}

func (s *session) Reset() { s.from, s.to, s.answer = "", "", Accept }

func (s *session) Logout() error { return nil }
