package qr

import (
	"strconv"
	"strings"
	"testing"
)

func TestACodeHasItsThreeFindersAndAMargin(t *testing.T) {
	c, err := Encode("otpauth://totp/Callbox:ada?secret=AAAA")
	if err != nil {
		t.Fatal(err)
	}
	far := c.Side - quiet - 1
	for name, module := range map[string]string{"top left": "M4 4h", "top right": "M" + strconv.Itoa(far) + " 4h", "bottom left": "M4 " + strconv.Itoa(far) + "h"} {
		if !strings.Contains(c.Path, module) {
			t.Errorf("%s: no dark module %q", name, module)
		}
	}
	for _, margin := range []string{"M3 ", "M0 ", "M" + strconv.Itoa(far) + " " + strconv.Itoa(far+1)} {
		if strings.Contains(c.Path, margin) {
			t.Errorf("a dark module in the margin: %q", margin)
		}
	}
	if _, err := Encode(strings.Repeat("x", 3000)); err == nil {
		t.Error("a text that no code holds is no error")
	}
}
