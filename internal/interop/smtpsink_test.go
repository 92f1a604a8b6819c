//go:build interop

package interop_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"callbox/channels"
	"callbox/channels/email"
)

// smtpSink is Postfix's server for measuring clients: it takes every mail, or fails as it is told.
type smtpSink struct {
	relay email.Relay
	dump  string // the file that it writes mails to
}

// between stands before each mail in the dump.
const between = "\x01mail\n"

// startSMTPSink starts a sink with some options of smtp-sink(1).
func startSMTPSink(t *testing.T, options ...string) *smtpSink {
	t.Helper()
	dir, port, root := t.TempDir(), freePort(t), cached(t, "postfix")
	s := &smtpSink{
		relay: email.Relay{Host: "127.0.0.1", Port: port, TLS: email.Insecure},
		dump:  filepath.Join(dir, "mails"),
	}
	options = append(options, "-h", "mx.example.net", "-D", s.dump, "-S", between)
	if os.Geteuid() == 0 {
		options = append(options, "-u", "root") // it wants to be told
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	cmd := exec.Command(filepath.Join(root, "usr", "sbin", "smtp-sink"), append(options, addr, "128")...)
	cmd.Env = append(os.Environ(), "MAIL_CONFIG="+root, "LD_LIBRARY_PATH="+filepath.Join(root, "usr", "lib", "postfix"))
	startPeer(t, cmd)
	await(t, "smtp-sink", listens(addr))
	return s
}

// sunk is a mail as the sink took it.
type sunk struct {
	from, to string // of the envelope
	mail     []byte // as Compose made it, with the line ends of a file
}

func (s *smtpSink) mails(t *testing.T) []sunk {
	t.Helper()
	dump, err := os.ReadFile(s.dump)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var out []sunk
	for i, one := range bytes.Split(dump, []byte(between)) {
		if i == 0 {
			continue // nothing stands before the first
		}
		head, mail, _ := bytes.Cut(one, []byte("\nReceived: "))
		for range 3 { // the lines of the Received header, the sink's last word
			_, mail, _ = bytes.Cut(mail, []byte("\n"))
		}
		m := sunk{mail: bytes.TrimSuffix(mail, []byte("\n"))}
		for line := range strings.Lines(string(head)) {
			switch name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name {
			case "X-Mail-Args":
				m.from = value
			case "X-Rcpt-Args":
				m.to += value
			}
		}
		out = append(out, m)
	}
	return out
}

func TestSMTPSinkTakesEveryMailOnceAsComposeMadeIt(t *testing.T) {
	for name, options := range map[string][]string{
		"with pipelining":       nil,
		"without pipelining":    {"-p"},
		"without any extension": {"-8", "-a", "-C", "-E", "-F", "-N", "-p"},
	} {
		t.Run(name, func(t *testing.T) {
			sink := startSMTPSink(t, options...)
			ch := mailer(t, sink.relay)
			letters := letters(300)
			sendAtOnce(t, ch, letters)
			took(t, sink, ch, letters)
		})
	}
}

// sendAtOnce sends messages as a lane does: many at once, all of which must be accepted.
func sendAtOnce(t *testing.T, ch *email.Channel, letters []channels.Message) {
	t.Helper()
	const senders = 16
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for n := s; n < len(letters); n += senders {
				if _, err := ch.Send(t.Context(), letters[n]); err != nil {
					t.Errorf("Send: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := ch.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// took checks that a sink holds each of the messages once, to its reader, as Compose made it, and nothing else.
func took(t *testing.T, sink *smtpSink, ch *email.Channel, letters []channels.Message) {
	t.Helper()
	mails := sink.mails(t)
	byReader := map[string]sunk{}
	for _, m := range mails {
		byReader[m.to] = m
	}
	if len(mails) != len(letters) || len(byReader) != len(letters) {
		t.Fatalf("%d mails to %d readers, want %d to as many", len(mails), len(byReader), len(letters))
	}
	paths := map[string]bool{}
	for _, m := range letters {
		got := byReader["<"+m.To+">"]
		paths[got.from] = true
		want, err := ch.Compose(m)
		if err != nil {
			t.Fatal(err)
		}
		if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); !bytes.Equal(got.mail, want) {
			t.Fatalf("the sink has\n%s\nwant what Compose made\n%s", got.mail, want)
		}
	}
	if len(paths) != len(letters) {
		t.Errorf("%d return paths, want one for each of %d mails", len(paths), len(letters))
	}
}

// Promise 7: what smtp-sink says in its own words must come out as the right verdict.
func TestARefusalOfSMTPSinkHasItsVerdict(t *testing.T) {
	const unknown = "550 5.1.1 No such mailbox"
	for _, c := range []struct {
		options []string
		want    channels.Verdict
	}{
		{[]string{"-f", "CONNECT"}, channels.Broken},
		{[]string{"-f", "EHLO,HELO"}, channels.Broken},
		{[]string{"-f", "MAIL"}, channels.Broken},
		{[]string{"-f", "RCPT"}, channels.Refused},
		{[]string{"-f", "RCPT", "-B", unknown}, channels.Gone},
		{[]string{"-f", "DATA"}, channels.Refused},
		{[]string{"-f", "."}, channels.Refused},
		{[]string{"-f", ".", "-B", unknown}, channels.Gone},
		{[]string{"-r", "CONNECT"}, channels.Later},
		{[]string{"-r", "EHLO,HELO"}, channels.Later},
		{[]string{"-r", "MAIL"}, channels.Later},
		{[]string{"-r", "RCPT"}, channels.Later},
		{[]string{"-r", "DATA"}, channels.Later},
		{[]string{"-r", "."}, channels.Later},
		{[]string{"-A", "0"}, channels.Refused},
		{[]string{"-q", "CONNECT"}, channels.Later},
		{[]string{"-q", "EHLO"}, channels.Later},
		{[]string{"-q", "MAIL"}, channels.Later},
		{[]string{"-q", "RCPT"}, channels.Later},
		{[]string{"-q", "DATA"}, channels.Later},
		{[]string{"-q", "."}, channels.Later},
		{[]string{"-Q", "MAIL"}, channels.Later},
		{[]string{"-Q", "RCPT"}, channels.Later},
		{[]string{"-Q", "DATA"}, channels.Later},
		{[]string{"-Q", "."}, channels.Later},
	} {
		t.Run(strings.Join(c.options, " "), func(t *testing.T) {
			sink := startSMTPSink(t, c.options...)
			_, err := mailer(t, sink.relay).Send(t.Context(), letters(1)[0])
			if got, _ := channels.VerdictOf(err); err == nil || got != c.want {
				t.Errorf("Send: %v, want %v", err, c.want)
			}
		})
	}
}

// Promise 8.
func TestASecondSMTPSinkTakesOverFromOneThatFails(t *testing.T) {
	for _, options := range [][]string{{"-q", "CONNECT"}, {"-q", "MAIL"}, {"-Q", "EHLO"}, {"-f", "MAIL"}, {"-r", "CONNECT"}} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			failing, sound := startSMTPSink(t, options...), startSMTPSink(t)
			ch := mailer(t, failing.relay, sound.relay)
			letters := letters(50)
			sendAtOnce(t, ch, letters)
			took(t, sound, ch, letters)
		})
	}
}
