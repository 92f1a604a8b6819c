package subscribers

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// At every step of a rotation the processes before and after it open and read what the other makes.
func TestEachStepOfARotationFitsTheOneBefore(t *testing.T) {
	old := GenerateKeys()
	prepared := old.Prepare()
	promoted := prepared.Promote()
	done := promoted.Retire(promoted.Old()[0])
	steps := []Keys{old, prepared, promoted, done}
	for i, a := range steps {
		for j, b := range steps {
			fits := a.Ring().Fits(b.Ring())
			if near := i-j <= 1 && j-i <= 1; fits != near {
				t.Errorf("step %d beside step %d fits: %v, want %v", i, j, fits, near)
			}
			if fits != (opens(t, a, b) && opens(t, b, a)) {
				t.Errorf("step %d beside step %d: says %v, and does otherwise", i, j, fits)
			}
		}
		if got, err := ParseKeys(a.File()); err != nil || got.Ring() != a.Ring() || got.Fingerprint() != a.Fingerprint() {
			t.Errorf("step %d does not read back from its file: %v", i, err)
		}
	}
	if prepared.Prepare().Ring() != prepared.Ring() || promoted.Promote().Ring() != promoted.Ring() {
		t.Error("a step that was taken already is taken again")
	}
	if !old.Ring().SealsLike(prepared.Ring()) || prepared.Ring().SealsLike(promoted.Ring()) || !promoted.Ring().SealsLike(done.Ring()) {
		t.Error("the newest keys change by promotion, and by nothing else")
	}
	if GenerateKeys().Ring().Fits(old.Ring()) || Ring("").Fits(Ring("")) {
		t.Error("keys of another installation fit, or none do")
	}
}

// opens reports whether b opens and reads what a makes.
func opens(t *testing.T, a, b Keys) bool {
	t.Helper()
	at := time.Now()
	got, sealed := NewSealer(b).Open(NewSealer(a).Seal(NewDestination(secret)))
	id, signed := NewLinks(b).Read(Unsubscribe, NewLinks(a).Token(Unsubscribe, 7, time.Time{}), at)
	if sealed != nil && !errors.Is(sealed, ErrUnknownKey) || sealed == nil && got.Reveal() != secret || signed == nil && id != 7 {
		t.Errorf("opened %v, read %d, %v", sealed, id, signed)
	}
	return sealed == nil && signed == nil
}

func TestLinksOfOldMailsWorkUntilTheirKeyIsRetired(t *testing.T) {
	old := GenerateKeys()
	token := NewLinks(old).Token(Unsubscribe, 7, time.Time{})
	kept := old.Prepare().Promote()
	kept = kept.Retire(kept.Old()[0])
	if _, err := NewLinks(kept).Read(Unsubscribe, token, time.Now()); err != nil || kept.OldLinks() != 1 {
		t.Errorf("after a rotation: %v, %d old keys of links", err, kept.OldLinks())
	}
	if _, err := NewLinks(kept.RetireLinks()).Read(Unsubscribe, token, time.Now()); !errors.Is(err, ErrForged) {
		t.Errorf("after its key was retired: %v, want ErrForged", err)
	}
}

func TestWhatIsRenewedIsSealedByTheNewestKey(t *testing.T) {
	old := GenerateKeys()
	s := NewSealer(old.Prepare().Promote())
	before := NewSealer(old).Seal(NewDestination(secret))
	after, err := s.Renew(before)
	if err != nil || s.Newest(before) || !s.Newest(after) || s.KeyOf(before) == s.KeyOf(after) {
		t.Fatalf("renewed: %v, sealed by %s, then by %s", err, s.KeyOf(before), s.KeyOf(after))
	}
	if got, err := s.Open(after); err != nil || got.Reveal() != secret {
		t.Errorf("what was renewed does not open: %v", err)
	}
	other, err := s.RenewFor("purpose", NewSealer(old).SealFor("purpose", []byte("x")))
	if err != nil || !s.Newest(other) {
		t.Errorf("for a purpose: %v", err)
	}
	if _, err := s.RenewFor("another", other); !errors.Is(err, ErrBroken) {
		t.Errorf("for another purpose: %v, want ErrBroken", err)
	}
	if _, err := s.Renew(NewSealer(GenerateKeys()).Seal(NewDestination(secret))); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("sealed elsewhere: %v, want ErrUnknownKey", err)
	}
}

func TestHalfANextPairIsRefused(t *testing.T) {
	whole := strings.TrimSpace(string(GenerateKeys().Prepare().File()))
	half := whole[:strings.LastIndex(whole, "\n")]
	if _, err := ParseKeys([]byte(half)); err == nil || !strings.Contains(err.Error(), "1 next-seal and 0 next-links") {
		t.Errorf("%v, want a word about what is missing", err)
	}
}
