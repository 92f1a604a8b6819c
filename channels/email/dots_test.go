package email

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"callbox/channels"
)

func TestALinkNeverBeginsALineWithADot(t *testing.T) {
	for n := range 200 {
		for _, link := range []string{strings.Repeat(".", n), strings.Repeat("a", n) + "....", "https://" + strings.Repeat("a=.", n)} {
			for _, column := range []int{0, 8, 70} {
				got := appendQuoted(nil, link, column)
				if bytes.HasPrefix(got, []byte(".")) && column == 0 || bytes.Contains(got, []byte("\n.")) {
					t.Fatalf("%q from column %d: a line begins with a dot:\n%s", link, column, got)
				}
				for i, line := range strings.Split(string(got), "\r\n") {
					if i == 0 {
						line = strings.Repeat("x", column) + line
					}
					if len(line) > 76 { // RFC 2045 section 6.7
						t.Fatalf("%q from column %d: a line of %d characters", link, column, len(line))
					}
				}
				back, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(got)))
				if err != nil || string(back) != link {
					t.Fatalf("%q from column %d decodes to %q, %v", link, column, back, err)
				}
			}
		}
	}
}

func TestAFormKnowsWhetherItsLinesBeginWithADot(t *testing.T) {
	for shared, want := range map[string]bool{"a.\r\nb": true, "a\r\n.b": false} {
		f := &form{}
		if err := f.cutBody([]byte(shared+"\r\n"), channels.Message{}); err != nil {
			t.Fatal(err)
		}
		if f.count(); f.dotless != want {
			t.Errorf("%q: dotless %v, want %v", shared, f.dotless, want)
		}
	}
}
