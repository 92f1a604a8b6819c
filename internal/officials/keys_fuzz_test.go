package officials

import "testing"

func FuzzAKeyIsReadOrUnknown(f *testing.F) {
	_, s, _ := NewSecret()
	f.Add(s.Reveal())
	f.Add("cbx_a_b_c")
	f.Add("cbx___00000000")
	f.Fuzz(func(t *testing.T, text string) {
		id, hash, err := ReadSecret(Secret(text))
		if err == nil && len(hash) == 0 || err != nil && id != "" {
			t.Errorf("got %q and %d bytes of hash with %v", id, len(hash), err)
		}
	})
}
