package email

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnAnswerIsReadWithItsStatus(t *testing.T) {
	for in, want := range map[string]reply{
		"250 2.0.0 Ok\r\n":           {code: 250},
		"250\r\n":                    {code: 250},
		"250 Ok\n":                   {code: 250},
		"354 go\r\n":                 {code: 354},
		"550 5.1.1 No such user\r\n": {550, status{5, 1, 1}, "5.1.1 No such user"},
		"550 No such user\r\n":       {code: 550, text: "No such user"},
		"550-5.1.1 No\r\n550 5.1.1 such user\r\n":   {550, status{5, 1, 1}, "5.1.1 No\n5.1.1 such user"},
		"450 5.1.1 contradicts its class\r\n":       {code: 450, text: "5.1.1 contradicts its class"},
		"550 5.1.1\r\n":                             {550, status{5, 1, 1}, "5.1.1"},
		"550 5.1 1 x\r\n":                           {code: 550, text: "5.1 1 x"},
		"550 5.1.1234 x\r\n":                        {code: 550, text: "5.1.1234 x"},
		"550 5..1 x\r\n":                            {code: 550, text: "5..1 x"},
		"556 5.1.10 null MX\r\n":                    {556, status{5, 1, 10}, "5.1.10 null MX"},
		"421-4.3.2 a\r\n421-4.3.2 b\r\n421 c\r\n":   {421, status{4, 3, 2}, "4.3.2 a\n4.3.2 b\nc"},
		"250-keeps\r\n250 nothing of an accept\r\n": {code: 250},
	} {
		got, err := readReply(bufio.NewReader(strings.NewReader(in)), false)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(reply{}, status{})); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", in, err, diff)
		}
	}
}

func TestAnAnswerThatIsNotSMTPIsAnError(t *testing.T) {
	for _, in := range []string{
		"", "\r\n", "25\r\n", "250", "HTTP/1.1 400 Bad Request\r\n", "2x0 Ok\r\n", "250_Ok\r\n", "100 wait\r\n", "999 x\r\n",
		"250-a\r\n251 b\r\n", "250-a\r\n", "550 " + strings.Repeat("x", maxReplyLine) + "\r\n",
		strings.Repeat("250-x\r\n", maxReplyLines) + "250 x\r\n",
	} {
		if got, err := readReply(bufio.NewReaderSize(strings.NewReader(in), maxReplyLine), true); err == nil {
			t.Errorf("%.40q: read %+v, want an error", in, got)
		}
	}
}

// Promise 12: the ledger keeps what the far side said, without the address.
func TestWhatAServerSaidIsQuotedWithoutTheAddress(t *testing.T) {
	const address = "J.Morales@example.net"
	for in, want := range map[string]string{
		"5.1.1 <j.morales@example.net>: Recipient unknown":   "… Recipient unknown",
		"5.1.1 user j.morales@mx1.example.net is unknown":    "user … is unknown",
		"5.1.1 J.MORALES: no mailbox at EXAMPLE.NET here":    "… no mailbox at … here",
		"blocked, see https://example.org/why?a=j.morales":   "blocked, see …",
		"blocked by other@example.com":                       "blocked by …",
		"4.7.1 Greylisted\n4.7.1 come again":                 "Greylisted 4.7.1 come again",
		"\x1b[31mred\x07 text\u202e":                         "[31mred text",
		"5.7.1 " + strings.Repeat("word ", 100):              strings.TrimSpace(strings.Repeat("word ", 40)) + " …",
		"5.7.1 " + strings.Repeat("x", 500):                  "…",
		"5.7.1 bounces+o-1.2.3.abc@bounce.example.org is no": "… is no",
	} {
		r := reply{code: 550, text: in, status: parseStatus(in, int(in[0]-'0'))}
		if got := said(r, address); got != want {
			t.Errorf("%q is quoted as %q, want %q", in, got, want)
		}
	}
}

func FuzzReadReply(f *testing.F) {
	for _, seed := range []string{"250 Ok\r\n", "550-5.1.1 a\r\n550 b\r\n", "250-SIZE 1\r\n250 AUTH PLAIN\r\n", "421", "\x00\xff", "550 5.1.1 <a@example.org>\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := readReply(bufio.NewReaderSize(bytes.NewReader(in), maxReplyLine), true)
		if err != nil {
			return
		}
		if r.code < 200 || r.code > 599 {
			t.Errorf("code is %d", r.code)
		}
		if r.status != (status{}) && r.status.class != r.code/100 {
			t.Errorf("status %v contradicts code %d", r.status, r.code)
		}
		quoted := said(r, "resident@example.net")
		if strings.Contains(quoted, "@") || strings.Contains(strings.ToLower(quoted), "resident") || len(quoted) > maxSaid+len(" …") {
			t.Errorf("quoted as %q", quoted)
		}
	})
}
