package mailtest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// deliver sends by the standard library's client.
func deliver(s *Server, to string) error {
	return smtp.SendMail(s.Addr(), nil, "a@example.org", []string{to}, []byte("Subject: x\r\nMessage-ID: <1@example.org>\r\n\r\nx\r\n"))
}

func answered(err error) string {
	if err == nil {
		return "taken"
	}
	return strings.ReplaceAll(err.Error(), `"`, "")
}

func TestAScriptAnswersForOneAddress(t *testing.T) {
	now := time.Date(2026, 11, 13, 20, 5, 0, 0, time.UTC)
	s := start(t, Options{Now: func() time.Time { return now }})
	s.For("gone@example.net", NoSuchUser())
	s.For("grey@example.net", Greylisted(now.Add(time.Minute)), Accept)
	s.For("once@example.net", Greylisted(time.Time{}), Accept)
	for _, step := range []struct{ to, want string }{
		{"gone@example.net", "550 5.1.1"}, {"gone@example.net", "550 5.1.1"}, {"a@example.net", "taken"},
		{"grey@example.net", "451 4.7.1"}, {"grey@example.net", "451 4.7.1"},
		{"once@example.net", "451 4.7.1"}, {"once@example.net", "taken"}, {"once@example.net", "taken"},
	} {
		if got := answered(deliver(s, step.to)); !strings.HasPrefix(got, step.want) {
			t.Errorf("a mail to %s: %s, want %s", step.to, got, step.want)
		}
	}
	now = now.Add(time.Hour)
	if err := deliver(s, "grey@example.net"); err != nil {
		t.Errorf("after the greylisting: %v", err)
	}
	if got := s.Count(); got != 4 {
		t.Errorf("%d mails were taken, want 4", got)
	}
	if m := s.Mails()[0]; m.MessageID != "1@example.org" || m.To != "a@example.net" || m.Data != nil {
		t.Errorf("the first mail is %+v", m)
	}
}

func TestAServerThatIsDownHangsUpOnEverybody(t *testing.T) {
	s := start(t, Options{})
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
		t.Fatalf("greeting %q, %v", line, err)
	}
	s.SetDown(true)
	if _, err := in.ReadByte(); err == nil {
		t.Error("an open connection outlived the server")
	}
	if err := deliver(s, "a@example.net"); err == nil {
		t.Error("a server that is down took a mail")
	}
	s.SetDown(false)
	if err := deliver(s, "a@example.net"); err != nil {
		t.Errorf("after the return: %v", err)
	}
}

// The whole dialogue arrives at once; the answers must come in order, and the mail must be whole.
func TestAPipelinedDialogueIsUnderstood(t *testing.T) {
	s := start(t, Options{Security: TLS, Keep: true})
	c, err := tls.Dial("tcp", s.Addr(), &tls.Config{RootCAs: s.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	envelope := "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n"
	mail := "Message-ID: <1@example.org>\r\n\r\n..dot\r\n.\r\n"
	if _, err := fmt.Fprint(c, "EHLO example.org\r\n"+envelope+mail+envelope+mail+"QUIT\r\n"); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for in := bufio.NewScanner(c); in.Scan(); {
		if line := in.Text(); line[3] == ' ' {
			codes = append(codes, line[:3])
		}
	}
	if got, want := fmt.Sprint(codes), "[220 250 250 250 354 250 250 250 354 250 221]"; got != want {
		t.Errorf("answers are %s, want %s", got, want)
	}
	mails := s.Mails()
	if len(mails) != 2 || !mails[0].Secure || !strings.HasSuffix(string(mails[1].Data), "\r\n\r\n.dot\r\n") {
		t.Errorf("the server took %+v", mails)
	}
}
