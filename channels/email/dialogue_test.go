package email

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callbox/channels"
	"callbox/channels/channeltest"
)

// peer is the far side of one connection, for what no decent server does. It notes every line.
type peer struct {
	net.Conn
	in    *bufio.Reader
	mu    sync.Mutex
	lines []string
}

// hear reads one line; it is empty when the client hung up.
func (p *peer) hear() string {
	line, err := p.in.ReadString('\n')
	if err != nil {
		return ""
	}
	line = strings.TrimRight(line, "\r\n")
	p.mu.Lock()
	p.lines = append(p.lines, line)
	p.mu.Unlock()
	return line
}

func (p *peer) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}

// say writes lines.
func (p *peer) say(lines ...string) {
	_, _ = fmt.Fprint(p, strings.Join(lines, "\r\n")+"\r\n")
}

// welcome greets, hears EHLO and offers extensions.
func (p *peer) welcome(offers ...string) {
	p.say("220 mail.example.org ESMTP")
	p.hear()
	p.offer(offers...)
}

func (p *peer) offer(offers ...string) {
	for _, o := range offers {
		p.say("250-" + o)
	}
	p.say("250 HELP")
}

// hearMail reads until the final dot.
func (p *peer) hearMail() {
	for line := p.hear(); line != "." && line != ""; {
		line, _ = p.in.ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			line = " "
		}
	}
}

// script serves one connection by a function, and returns the channel to it and its far side. The
// function's end closes the connection.
func script(t *testing.T, change func(*Config), serve func(p *peer)) (*Channel, *peer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		p.Conn, p.in = c, bufio.NewReader(c)
		serve(p)
	}()
	cfg := Config{
		From:        "alerts@example.org",
		Connections: 1,
		Relays:      []Relay{{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: Insecure}},
		Timeouts:    Timeouts{Dial: time.Second, Command: time.Second, Final: time.Second},
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close()
		_ = l.Close()
		<-done
	})
	return c, p
}

func security(s Security) func(*Config) { return func(c *Config) { c.Relays[0].TLS = s } }

func signedIn(c *Config) { c.Relays[0].User, c.Relays[0].Password = "callbox", "pässword" }

func sendTo(c *Channel, to string) error {
	m := channeltest.Message("live")
	m.Key, m.To = "k", to
	_, err := c.Send(context.Background(), m)
	return err
}

func TestNothingIsSentInTheClearWhenSTARTTLSIsStripped(t *testing.T) {
	c, p := script(t, security(STARTTLS), func(p *peer) {
		p.welcome("PIPELINING", "AUTH PLAIN")
		for p.hear() != "" {
		}
	})
	err := sendTo(c, "resident@example.net")
	if v, _ := channels.VerdictOf(err); v != channels.Broken || !strings.Contains(err.Error(), "does not offer STARTTLS") {
		t.Errorf("error is %v, want broken for want of STARTTLS", err)
	}
	_ = c.Close()
	if diff := cmp.Diff([]string{"EHLO example.org"}, p.heard()); diff != "" {
		t.Errorf("the server heard (-want +got):\n%s", diff)
	}
}

func TestWordsSlippedInBeforeTheHandshakeAreNotBelieved(t *testing.T) {
	c, _ := script(t, security(STARTTLS), func(p *peer) {
		p.welcome("STARTTLS")
		p.hear()
		p.say("220 go", "250 injected")
		p.hear()
	})
	err := sendTo(c, "resident@example.net")
	if err == nil || !strings.Contains(err.Error(), "between STARTTLS and the handshake") {
		t.Errorf("error is %v, want it to tell of the slipped-in words", err)
	}
}

func TestTheSignInUsesWhatTheServerOffers(t *testing.T) {
	for name, k := range map[string]struct {
		offer   []string
		answers []string
		want    []string
		broken  bool
	}{
		"PLAIN":         {[]string{"AUTH LOGIN PLAIN"}, []string{"235 ok"}, []string{"AUTH PLAIN AGNhbGxib3gAcMOkc3N3b3Jk"}, false},
		"LOGIN":         {[]string{"AUTH LOGIN"}, []string{"334 UGFzc3dvcmQ6", "235 ok"}, []string{"AUTH LOGIN Y2FsbGJveA==", "cMOkc3N3b3Jk"}, false},
		"neither":       {[]string{"AUTH CRAM-MD5"}, nil, nil, true},
		"none offered":  {nil, nil, nil, true},
		"refused":       {[]string{"AUTH PLAIN"}, []string{"535 5.7.8 callbox: bad password"}, []string{"AUTH PLAIN AGNhbGxib3gAcMOkc3N3b3Jk"}, true},
		"not now":       {[]string{"AUTH PLAIN"}, []string{"454 4.7.0 later"}, []string{"AUTH PLAIN AGNhbGxib3gAcMOkc3N3b3Jk"}, false},
		"bad challenge": {[]string{"AUTH LOGIN"}, []string{"334 ???"}, []string{"AUTH LOGIN Y2FsbGJveA=="}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := script(t, signedIn, func(p *peer) {
				p.welcome(k.offer...)
				for _, a := range k.answers {
					p.hear()
					p.say(a)
				}
			})
			err := sendTo(c, "resident@example.net")
			if v, _ := channels.VerdictOf(err); (v == channels.Broken) != k.broken {
				t.Errorf("error is %v, want broken: %t", err, k.broken)
			}
			for _, secret := range []string{"pässword", "cMOkc3N3b3Jk", "callbox"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows a user or a password")
				}
			}
			_ = c.Close()
			heard := p.heard()[1:]
			if diff := cmp.Diff(k.want, heard[:min(len(heard), len(k.want))]); len(k.want) > 0 && diff != "" {
				t.Errorf("the server heard (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAServerThatDoesNotWantUsIsBrokenWithARemedy(t *testing.T) {
	for want, serve := range map[string]func(p *peer){
		"ask its operator to admit it": func(p *peer) { p.say("554 5.7.1 go away"); p.hear() },
		"mend helo":                    func(p *peer) { p.say("220 hi"); p.hear(); p.say("550 5.7.1 bad helo"); p.hear() },
		"mend return_path or from": func(p *peer) {
			p.welcome()
			p.hear()
			p.say("550 5.1.8 no")
			p.hear()
		},
		"set its user and password": func(p *peer) {
			p.welcome()
			p.hear()
			p.say("530 5.7.0 sign in")
			p.hear()
		},
	} {
		c, _ := script(t, nil, serve)
		err := sendTo(c, "resident@example.net")
		if v, _ := channels.VerdictOf(err); v != channels.Broken || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want broken that says %q", err, want)
		}
	}
}

// RFC 2920 section 3.1: a server may ask for the mail although it refused its only recipient.
func TestARefusedRecipientGetsNoMailEvenIfTheServerAsksForIt(t *testing.T) {
	c, p := script(t, nil, func(p *peer) {
		p.welcome("PIPELINING")
		p.hear()
		p.hear()
		p.hear()
		p.say("250 ok", "550 5.1.1 unknown", "354 go on")
		if p.hear() == "." {
			p.say("554 no valid recipients")
		}
		p.hear()
	})
	if v, _ := channels.VerdictOf(sendTo(c, "resident@example.net")); v != channels.Gone {
		t.Errorf("verdict is %v, want gone", v)
	}
	_ = c.Close()
	want := []string{"EHLO example.org", "MAIL FROM:<alerts@example.org>", "RCPT TO:<resident@example.net>", "DATA", ".", "QUIT"}
	if diff := cmp.Diff(want, p.heard()); diff != "" {
		t.Errorf("the server heard (-want +got):\n%s", diff)
	}
}

func TestARefusedEnvelopeIsResetBeforeTheNext(t *testing.T) {
	for name, offers := range map[string][]string{"pipelined": {"PIPELINING"}, "one step at a time": nil} {
		t.Run(name, func(t *testing.T) {
			stepwise := offers == nil
			c, p := script(t, nil, func(p *peer) {
				p.welcome(offers...)
				p.hear()
				if stepwise {
					p.say("250 ok")
				}
				p.hear()
				if stepwise {
					p.say("550 5.1.1 unknown")
				} else {
					p.hear()
					p.say("250 ok", "550 5.1.1 unknown", "503 no recipient")
				}
				for _, answer := range []string{"250 reset", "250 ok", "250 ok", "354 go"} {
					p.hear()
					p.say(answer)
				}
				p.hearMail()
				p.say("250 taken")
				p.hear()
			})
			if v, _ := channels.VerdictOf(sendTo(c, "gone@example.net")); v != channels.Gone {
				t.Errorf("verdict is %v, want gone", v)
			}
			if err := sendTo(c, "resident@example.net"); err != nil {
				t.Errorf("the next mail: %v", err)
			}
			if heard := strings.Join(p.heard(), " "); !strings.Contains(heard, "RSET MAIL FROM:<alerts@example.org> RCPT TO:<resident@example.net>") {
				t.Errorf("the server heard no RSET before the next envelope: %.200s", heard)
			}
		})
	}
}

// One round trip for a mail: the server answers each mail only after it has heard the envelope of the
// next; a client that waited for the answer would never send it.
func TestTheNextEnvelopeGoesOutWithTheMail(t *testing.T) {
	const mails = 9
	begun, goOn := make(chan struct{}), make(chan struct{})
	c, p := script(t, nil, func(p *peer) {
		hearEnvelope := func() { p.hear(); p.hear(); p.hear() }
		p.welcome("PIPELINING")
		hearEnvelope()
		close(begun)
		<-goOn
		for i := range mails {
			p.say("250 ok", "250 ok", "354 go")
			p.hearMail()
			if i < mails-1 {
				hearEnvelope()
			}
			p.say("250 taken")
		}
		p.hear()
	})
	var wg sync.WaitGroup
	send := func(i int) {
		wg.Go(func() {
			if err := sendTo(c, fmt.Sprintf("resident%d@example.net", i)); err != nil {
				t.Errorf("mail %d: %v", i, err)
			}
		})
	}
	waiting := func() int {
		c.pool.mu.Lock()
		defer c.pool.mu.Unlock()
		return c.pool.waiting
	}
	send(0)
	<-begun
	for i := 1; i < mails; i++ {
		send(i)
	}
	for waiting() < mails-1 {
		runtime.Gosched()
	}
	close(goOn)
	wg.Wait()
	if t.Failed() {
		t.Logf("the server heard %q", p.heard())
	}
}

func TestAnUnusedConnectionIsClosedPolitely(t *testing.T) {
	quit := make(chan string, 1)
	c, _ := script(t, func(c *Config) { c.Idle = 20 * time.Millisecond }, func(p *peer) {
		p.welcome()
		for _, answer := range []string{"250 ok", "250 ok", "354 go"} {
			p.hear()
			p.say(answer)
		}
		p.hearMail()
		p.say("250 taken")
		quit <- p.hear()
	})
	if err := sendTo(c, "resident@example.net"); err != nil {
		t.Fatal(err)
	}
	if got := <-quit; got != "QUIT" {
		t.Errorf("the idle connection ended with %q, want QUIT", got)
	}
}

func TestADotAtTheBeginningOfALineIsDoubled(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"a\r\n":                "a\r\n",
		".\r\n":                "..\r\n",
		"a\r\n.\r\nb\r\n":      "a\r\n..\r\nb\r\n",
		".a\r\n..b\r\n.\r\n":   "..a\r\n...b\r\n..\r\n",
		"a.\r\nb.c\r\n\r\n.":   "a.\r\nb.c\r\n\r\n..",
		"a\r\n.\r\n.\r\n.\r\n": "a\r\n..\r\n..\r\n..\r\n",
	} {
		if got := string(appendStuffed(nil, []byte(in))); got != want {
			t.Errorf("%q is sent as %q, want %q", in, got, want)
		}
	}
}
