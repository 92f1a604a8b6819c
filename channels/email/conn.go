package email

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"callbox/channels"
)

// conn is one SMTP connection that is ready for mail. It belongs to one worker.
type conn struct {
	net   net.Conn
	in    *bufio.Reader
	out   []byte // reused
	relay *relay

	pipelining bool  // RFC 2920
	maxSize    int64 // RFC 1870; zero means unlimited
	auth       []string
	startTLS   bool

	timeouts Timeouts
	closing  *atomic.Bool // the channel is being closed: hurry
	unwatch  func() bool  // stops watching for that
	carried  int          // mails accepted
	unclean  bool         // a transaction was left open: RSET comes first
}

// hurry bounds what a closing channel waits for an answer.
const hurry = 3 * time.Second

func (c *conn) deadline(d time.Duration) {
	_ = c.net.SetDeadline(time.Now().Add(d))
	if c.closing.Load() {
		_ = c.net.SetDeadline(time.Now().Add(min(d, hurry)))
	}
}

func (c *conn) write(b []byte) error {
	_, err := c.net.Write(b)
	return err
}

// command sends one line and reads its answer, keeping the text.
func (c *conn) command(line string) (reply, error) {
	c.deadline(c.timeouts.Command)
	if err := c.write([]byte(line + "\r\n")); err != nil {
		return reply{}, err
	}
	return readReply(c.in, true)
}

// hello introduces us and notes what the server offers.
func (c *conn) hello(name string) (reply, error) {
	r, err := c.command("EHLO " + name)
	if err != nil || !r.positive() {
		return r, err
	}
	c.pipelining, c.startTLS, c.maxSize, c.auth = false, false, 0, nil
	for line := range strings.Lines(r.text) {
		words := strings.Fields(strings.ToUpper(line))
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "PIPELINING":
			c.pipelining = true
		case "STARTTLS":
			c.startTLS = true
		case "AUTH":
			c.auth = words[1:]
		case "SIZE":
			if len(words) > 1 {
				c.maxSize, _ = strconv.ParseInt(words[1], 10, 64)
			}
		}
	}
	return r, nil
}

// fits refuses a mail that is larger than the server takes.
func (c *conn) fits(j *job) error {
	if c.maxSize == 0 || int64(len(j.mail)) <= c.maxSize {
		return nil
	}
	return channels.As(channels.Refused,
		fmt.Errorf("relay %s takes mails of at most %d bytes; this one has %d", c.relay.address(), c.maxSize, len(j.mail)))
}

// errClosing says that the server answered 421: it closes the connection.
var errClosing = errors.New("the relay is closing the connection")

// next reads the answer to a command of an envelope.
func (c *conn) next() (reply, error) {
	r, err := readReply(c.in, false)
	if err == nil && r.code == 421 {
		return r, errClosing
	}
	return r, err
}

// envelope goes as far as the server's leave to send the mail, and returns the first refusal on the way
// with its stage, or the answer 354. With PIPELINING the whole envelope is one write; sent says that it
// went out with the mail before.
func (c *conn) envelope(j *job, sent bool) (stage, reply, error) {
	if !c.pipelining {
		return c.stepwise(j)
	}
	c.deadline(c.timeouts.Command)
	reset := c.unclean
	if !sent {
		c.out = c.appendEnvelope(c.out[:0], j)
		if err := c.write(c.out); err != nil {
			return sender, reply{}, err
		}
	}
	c.unclean = false
	if reset {
		if _, err := c.next(); err != nil {
			return sender, reply{}, err
		}
	}
	return c.envelopeAnswers()
}

// envelopeAnswers reads the answers to MAIL, RCPT and DATA.
func (c *conn) envelopeAnswers() (stage, reply, error) {
	var refusedAt stage
	var refusal *reply
	for at := sender; ; at++ {
		r, err := c.next()
		if err != nil {
			return at, reply{}, err
		}
		if refusal == nil && !goesOn(at, r) {
			refusedAt, refusal = at, &r
		}
		if at < content {
			continue
		}
		if refusal == nil {
			return content, r, nil
		}
		c.unclean = true
		if r.code != readyForMail {
			return refusedAt, *refusal, nil
		}
		// It wants a mail although it refused the envelope: give it none (RFC 2920 section 3.1).
		if err := c.write([]byte(".\r\n")); err != nil {
			return refusedAt, reply{}, err
		}
		_, err = c.next()
		return refusedAt, *refusal, err
	}
}

// readyForMail is the answer to DATA that asks for the mail.
const readyForMail = 354

// goesOn tells whether an answer lets the envelope continue.
func goesOn(at stage, r reply) bool {
	return at < content && r.positive() || at == content && r.code == readyForMail
}

// stepwise waits for each answer before the next command.
func (c *conn) stepwise(j *job) (stage, reply, error) {
	if c.unclean {
		if _, err := c.step("RSET\r\n"); err != nil {
			return sender, reply{}, err
		}
		c.unclean = false
	}
	lines := [...]string{"MAIL FROM:<" + j.from + ">\r\n", "RCPT TO:<" + j.to + ">\r\n", "DATA\r\n"}
	for at := sender; ; at++ {
		r, err := c.step(lines[at-sender])
		if err != nil {
			return at, reply{}, err
		}
		if !goesOn(at, r) {
			c.unclean = true
			return at, r, nil
		}
		if at == content {
			return content, r, nil
		}
	}
}

func (c *conn) step(line string) (reply, error) {
	c.deadline(c.timeouts.Command)
	c.out = append(c.out[:0], line...)
	if err := c.write(c.out); err != nil {
		return reply{}, err
	}
	return c.next()
}

func (c *conn) appendEnvelope(dst []byte, j *job) []byte {
	if c.unclean {
		dst = append(dst, "RSET\r\n"...)
	}
	dst = append(append(dst, "MAIL FROM:<"...), j.from...)
	dst = append(append(dst, ">\r\nRCPT TO:<"...), j.to...)
	return append(dst, ">\r\nDATA\r\n"...)
}

// mail sends the mail, the final dot and the envelope of the next one, if there is one, in one write,
// so that a mail costs about one round trip. It returns the answer to the final dot.
func (c *conn) mail(j, ahead *job) (reply, error) {
	if j.dotless {
		c.out = append(c.out[:0], j.mail...)
	} else {
		c.out = appendStuffed(c.out[:0], j.mail)
	}
	c.out = append(c.out, ".\r\n"...)
	if ahead != nil {
		c.out = c.appendEnvelope(c.out, ahead)
	}
	c.deadline(c.timeouts.Final)
	if err := c.write(c.out); err != nil {
		return reply{}, err
	}
	return readReply(c.in, false)
}

// appendStuffed doubles the dots at the beginning of lines (RFC 5321 section 4.5.2).
func appendStuffed(dst, mail []byte) []byte {
	if len(mail) > 0 && mail[0] == '.' {
		dst = append(dst, '.')
	}
	for {
		i := bytes.Index(mail, []byte("\n."))
		if i < 0 {
			return append(dst, mail...)
		}
		dst = append(append(dst, mail[:i+2]...), '.')
		mail = mail[i+2:]
	}
}

// quit ends the connection politely, and does not wait long for it.
func (c *conn) quit() {
	_ = c.net.SetDeadline(time.Now().Add(time.Second))
	if c.write([]byte("QUIT\r\n")) == nil {
		_, _ = readReply(c.in, false)
	}
	c.drop()
}

// drop ends the connection at once.
func (c *conn) drop() {
	c.unwatch()
	_ = c.net.Close()
	c.relay.count(-1)
}
