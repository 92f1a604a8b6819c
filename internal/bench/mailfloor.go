package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/internal/dispatch"
	"callbox/outages"
	"callbox/templates"
)

// loopSpec asks for a bare loop: n messages by a number of senders, without a ledger.
type loopSpec struct {
	Far     farSide
	N       int
	Message []byte
}

// looped is what it took.
type looped struct{ Seconds, CPU float64 }

// oneMessage is a message such as each subscriber of a benchmark gets.
func oneMessage(to string) (channels.Message, error) {
	now := time.Now().UTC().Truncate(time.Second)
	w, err := newWorld(towns, now)
	if err != nil {
		return channels.Message{}, err
	}
	outage := newName()
	texts, err := w.texts(outage)
	if err != nil {
		return channels.Message{}, err
	}
	b := outages.Bulletin{Outage: outage, Seq: 1, Mode: outages.Live, Kind: outages.Alert, Issued: now, Expires: now.Add(4 * time.Hour),
		Declaration: w.declaration, Facts: w.facts}
	return channels.Message{Key: dispatch.Key(outage, 1, 123456), Mode: outages.Live, To: to, Bulletin: b, Texts: []templates.Text{texts.Areas[0]},
		Page: "https://alerts.example.org/outages/" + outage, Leave: "https://alerts.example.org/leave/gMcPAAECAwQFBgcICQoLDA0ODw"}, nil
}

// oneMail is that message as mail.
func oneMail() ([]byte, error) {
	m, err := oneMessage("resident123456@example.net")
	if err != nil {
		return nil, err
	}
	return email.Compose(m, email.Sender{Address: "alerts@911.example.org", Name: "911 outage bench", Host: "911.example.org"})
}

// mailFloor is the least that a mail can cost in Go: one mail rendered beforehand, written with the next
// envelope in one go (RFC 2920), answers read and not kept.
func mailFloor(ctx context.Context, spec loopSpec, say func(any) error) error {
	envelope := []byte("MAIL FROM:<bounces@bounce.example.org>\r\nRCPT TO:<resident123456@example.net>\r\nDATA\r\n")
	mail := append(bytes.ReplaceAll(spec.Message, []byte("\n."), []byte("\n..")), ".\r\n"...)
	both := append(append([]byte{}, mail...), envelope...)
	var left atomic.Int64
	left.Store(int64(spec.N))
	errs := make([]error, spec.Far.Connections)
	var wg sync.WaitGroup
	began, cpu := time.Now(), processor()
	for i := range errs {
		wg.Go(func() { errs[i] = floorConn(ctx, spec.Far.Addr, envelope, mail, both, &left) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return say(looped{time.Since(began).Seconds(), (processor() - cpu).Seconds()})
}

func floorConn(ctx context.Context, addr string, envelope, mail, both []byte, left *atomic.Int64) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	defer c.Close()
	in := bufio.NewReader(c)
	read := func(code string) error {
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if !bytes.HasPrefix(line, []byte(code)) {
				return fmt.Errorf("mail floor: the far side said %q", line)
			}
			if line[3] == ' ' {
				return nil
			}
		}
	}
	say := func(b []byte, codes ...string) error {
		if _, err := c.Write(b); err != nil {
			return err
		}
		for _, code := range codes {
			if err := read(code); err != nil {
				return err
			}
		}
		return nil
	}
	if err := errors.Join(read("220"), say([]byte("EHLO bench.example.org\r\n"), "250")); err != nil {
		return err
	}
	if left.Add(-1) < 0 {
		return nil
	}
	if err := say(envelope, "250", "250", "354"); err != nil {
		return err
	}
	for left.Add(-1) >= 0 {
		if err := say(both, "250", "250", "250", "354"); err != nil {
			return err
		}
	}
	return say(mail, "250")
}

// postfixSource sends n mails of a size with Postfix's smtp-source: connections kept, no pipelining.
func (s *sinks) postfixSource(ctx context.Context, to string, sessions, n, size int) (looped, error) {
	cmd := exec.CommandContext(ctx, s.source, "-d", "-s", strconv.Itoa(sessions), "-m", strconv.Itoa(n), "-l", strconv.Itoa(size),
		"-f", "bounces@bounce.example.org", "-t", "resident123456@example.net", to)
	cmd.Env = s.env
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return looped{}, fmt.Errorf("smtp-source: %w: %s", err, out)
	}
	u := cmd.ProcessState
	return looped{time.Since(began).Seconds(), (u.UserTime() + u.SystemTime()).Seconds()}, nil
}
