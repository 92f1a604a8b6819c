package dispatch

import (
	"strings"
	"testing"
)

func TestAKeyIsTakenApartAsItWasMade(t *testing.T) {
	for _, outage := range []string{"despp-7k2m", "a", "o/1.2 _x", "ñ"} {
		for _, key := range []string{Key(outage, 12, 345), strings.ToUpper(Key(outage, 12, 345))} {
			got, seq, address, ok := ParseKey(key)
			if !ok || got != strings.ToLower(outage) && got != outage || seq != 12 || address != 345 {
				t.Errorf("%q: %q, %d, %d, %v; want %q, 12, 345", key, got, seq, address, ok, outage)
			}
		}
	}
	for _, key := range []string{"", "o", "o.1", "o.1.2.3", ".1.2", "o.x.2", "o.1.x", "o.0.1", "o.1.0", "o.-1.1", "o_.1.1", "o_zz.1.1", "letter.abc"} {
		if got, _, _, ok := ParseKey(key); ok {
			t.Errorf("%q is taken for a key of %q", key, got)
		}
	}
}
