package bounces_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rogpeppe/go-internal/txtar"

	"callbox/channels/email"
	"callbox/channels/email/bounces"
)

const (
	returnPath = "bounces+*@bounce.example.org"
	secret     = email.Secret("sixteen bytes and more")
	key        = "despp-7k2m.3.77"
)

// samples are the reports of the testdata, with our return path in them, and what each means.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "reports.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range archive.Files {
		text := bytes.ReplaceAll(f.Data, []byte("RETURN_PATH"), []byte(ours(key)))
		out[f.Name] = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	if len(out) < 15 {
		t.Fatalf("%d samples, want all of them", len(out))
	}
	return out
}

// ours is the return path of a delivery.
func ours(key string) string { return strings.Replace(returnPath, "*", email.Token(secret, key), 1) }

// Promise 7: gone is what the far side says, and only what it says for good.
func TestAReportMeansWhatTheFarSideSaid(t *testing.T) {
	for name, raw := range samples(t) {
		what, want, _ := strings.Cut(name, ": ")
		r, err := bounces.Parse(bytes.NewReader(raw))
		got := "other"
		switch {
		case err != nil && !errors.Is(err, bounces.ErrOther):
			t.Errorf("%s: %v, want no other error than that it changes nothing", what, err)
		case err != nil:
		case r.Complaint:
			got = "complaint"
		default:
			got = r.Status + " " + r.Verdict.String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
}

// taker remembers what it was told, and knows every delivery but one.
type taker struct {
	mu   sync.Mutex
	took []string
	err  error
}

func (k *taker) take(_ context.Context, key string, r bounces.Report) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return false, k.err
	}
	what := r.Status
	if r.Complaint {
		what = "complaint"
	}
	k.took = append(k.took, key+" "+what)
	return key != "o.1.1", nil
}

func listen(t *testing.T, k *taker) (l *bounces.Intake, address string) {
	t.Helper()
	l = bounces.New(bounces.Config{ReturnPath: returnPath, Secret: secret, Take: k.take})
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.Serve(on)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l, on.Addr().String()
}

// deliver hands a mail over as a mail server does.
func deliver(t *testing.T, address, to string, raw []byte) error {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	return c.SendMail("", []string{to}, bytes.NewReader(raw))
}

// counted returns how many mails had an outcome.
func counted(t *testing.T, l *bounces.Intake, outcome string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(l.Metrics())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if m.GetLabel()[0].GetValue() == outcome {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestAMailServerHandsOverWhatCameBack(t *testing.T) {
	k := &taker{}
	l, address := listen(t, k)
	all := samples(t)
	bounce := all["a mailbox that a server does not know, written by Postfix: 5.1.1 gone"]
	forged := strings.Replace(ours(key), "3.77", "3.78", 1)
	for _, c := range []struct {
		what, to string
		raw      []byte
		took     string
		outcome  string
	}{
		{"a bounce", ours(key), bounce, key + " 5.1.1", "bounced"},
		{"a bounce to an address in capital letters", strings.ToUpper(ours(key)), bounce, strings.ToUpper(key) + " 5.1.1", "bounced"},
		{"a complaint", "complaints@bounce.example.org", all["a complaint: complaint"], key + " complaint", "complained"},
		{"a bounce of what is not there any more", ours("o.1.1"), bounce, "o.1.1 5.1.1", "unknown"},
		{"a forged bounce", forged, bounce, "", "forged"},
		{"a bounce to nobody", "postmaster@bounce.example.org", bounce, "", "forged"},
		{"a delay", ours(key), all["a delay: other"], "", "other"},
		{"an automatic answer", ours(key), all["an automatic answer: other"], "", "other"},
	} {
		k.took = nil
		before := counted(t, l, c.outcome)
		if err := deliver(t, address, c.to, c.raw); err != nil {
			t.Errorf("%s: %v, want it taken: nothing that came back goes back", c.what, err)
		}
		if got := strings.Join(k.took, ", "); got != c.took {
			t.Errorf("%s: told %q, want %q", c.what, got, c.took)
		}
		if after := counted(t, l, c.outcome); after != before+1 {
			t.Errorf("%s: %v counted as %s, want one more than %v", c.what, after, c.outcome, before)
		}
	}
}

// While the database is down the mail server keeps what it has, and brings it again.
func TestAReportThatCannotBeWrittenDownComesAgain(t *testing.T) {
	k := &taker{err: errors.New("the database is down")}
	_, address := listen(t, k)
	bounce := samples(t)["a mailbox that is full: 5.2.2 refused"]
	var answer *smtp.SMTPError
	if err := deliver(t, address, ours(key), bounce); !errors.As(err, &answer) || answer.Code/100 != 4 {
		t.Fatalf("while the database is down: %v, want to be asked later", err)
	}
	k.err = nil
	if err := deliver(t, address, ours(key), bounce); err != nil || len(k.took) != 1 {
		t.Errorf("later: %v and %d told, want it taken", err, len(k.took))
	}
}

func FuzzParse(f *testing.F) {
	for _, raw := range samples(f) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := bounces.Parse(bytes.NewReader(raw))
		if err != nil && !errors.Is(err, bounces.ErrOther) {
			t.Errorf("error %v, want one that says that it changes nothing", err)
		}
		if err == nil && !r.Complaint && !strings.HasPrefix(r.Status, "5.") {
			t.Errorf("a bounce with the status %q, want a final one", r.Status)
		}
	})
}
