package subscribers

import (
	"errors"
	"testing"
)

func TestWhatIsSealedForOnePurposeOpensForNoOther(t *testing.T) {
	s := NewSealer(GenerateKeys())
	sealed := s.SealFor("codes", []byte("plain"))
	if got, err := s.OpenFor("codes", sealed); err != nil || string(got) != "plain" {
		t.Errorf("OpenFor = %q, %v, want what was sealed", got, err)
	}
	for _, other := range []string{"", "code", "codes ", "destination"} {
		if _, err := s.OpenFor(other, sealed); !errors.Is(err, ErrBroken) {
			t.Errorf("for %q: %v, want ErrBroken", other, err)
		}
	}
	if _, err := s.Open(sealed); !errors.Is(err, ErrBroken) {
		t.Errorf("as a destination: %v, want ErrBroken", err)
	}
	if _, err := s.OpenFor("codes", s.Seal(NewDestination("plain"))); !errors.Is(err, ErrBroken) {
		t.Errorf("a destination for the purpose: %v, want ErrBroken", err)
	}
	for i := range sealed {
		if _, err := s.OpenFor("codes", sealed[:i]); err == nil {
			t.Errorf("cut to %d bytes it opens", i)
		}
	}
	if _, err := NewSealer(GenerateKeys()).OpenFor("codes", sealed); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("with other keys: %v, want ErrUnknownKey", err)
	}
}
