package subscribers

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestWhatIsSealedOpensAgain(t *testing.T) {
	s := NewSealer(GenerateKeys())
	for _, text := range []string{secret, "", strings.Repeat("x", maxDestination)} {
		d := NewDestination(text)
		sealed := s.Seal(d)
		if bytes.Contains(sealed, []byte("secret")) {
			t.Error("the sealed form holds the plain text")
		}
		if got, err := s.Open(sealed); err != nil || !got.Equal(d) {
			t.Errorf("%d bytes do not open as they were sealed: %v", len(text), err)
		}
		if bytes.Equal(sealed, s.Seal(d)) {
			t.Error("two seals of one destination are the same")
		}
	}
}

func TestADamagedOrForeignSealDoesNotOpen(t *testing.T) {
	s := NewSealer(GenerateKeys())
	sealed := s.Seal(NewDestination(secret))
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		if _, err := s.Open(damaged); !errors.Is(err, ErrBroken) && !errors.Is(err, ErrUnknownKey) {
			t.Errorf("with byte %d changed: %v, want ErrBroken or ErrUnknownKey", i, err)
		}
		if _, err := s.Open(sealed[:i]); !errors.Is(err, ErrBroken) {
			t.Errorf("cut to %d bytes: %v, want ErrBroken", i, err)
		}
	}
	if _, err := NewSealer(GenerateKeys()).Open(sealed); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("with other keys: %v, want ErrUnknownKey", err)
	}
}

func TestTheNewestKeySealsAndAllOpen(t *testing.T) {
	keys := GenerateKeys()
	before := NewSealer(keys).Seal(NewDestination(secret))
	index := NewSealer(keys).Index(Email, NewDestination(secret))
	after := NewSealer(keys.Rotate())
	if got, err := after.Open(before); err != nil || got.Reveal() != secret {
		t.Errorf("after a rotation the old seal does not open: %v", err)
	}
	if after.Newest(before) || !after.Newest(after.Seal(NewDestination(secret))) {
		t.Error("Newest does not tell what the newest key sealed")
	}
	if !bytes.Equal(after.Index(Email, NewDestination(secret)), index) {
		t.Error("a rotation changes the index, so nobody would be found again")
	}
}

func TestTheIndexKnowsAnAddressByItsCanonicalForm(t *testing.T) {
	s := NewSealer(GenerateKeys())
	at := func(channel, text string) string { return string(s.Index(channel, NewDestination(text))) }
	if at(Email, "Ana@example.org") != at(Email, "ana@example.org") {
		t.Error("two spellings of one mail address have two indexes")
	}
	if at("push", "https://push.example.org/A") == at("push", "https://push.example.org/a") {
		t.Error("two push subscriptions that differ in case have one index")
	}
	if at(Email, "ana@example.org") == at("push", "ana@example.org") {
		t.Error("two channels share an index")
	}
	if string(NewSealer(GenerateKeys()).Index(Email, NewDestination(secret))) == at(Email, secret) {
		t.Error("two installations share an index")
	}
}

func TestAKeyFileReadsBack(t *testing.T) {
	keys := GenerateKeys().Rotate()
	got, err := ParseKeys(keys.File())
	if err != nil {
		t.Fatal(err)
	}
	if got.Fingerprint() != keys.Fingerprint() {
		t.Errorf("fingerprint %s, want %s", got.Fingerprint(), keys.Fingerprint())
	}
	if sealed := NewSealer(keys).Seal(NewDestination(secret)); !NewSealer(got).Newest(sealed) {
		t.Error("the order of the keys is lost")
	}
	if keys.Fingerprint() == keys.Rotate().Fingerprint() || len(keys.Fingerprint()) != 19 {
		t.Errorf("fingerprint %q: want four groups of four that change with a rotation", keys.Fingerprint())
	}
}

func TestADamagedKeyFileIsRefusedByItsLine(t *testing.T) {
	good := string(GenerateKeys().File())
	lines := strings.Split(strings.TrimSpace(good), "\n")
	seal, index := lines[2], lines[3]
	swapped := strings.Fields(seal)[0] + " " + strings.Fields(index)[1] + " " + strings.Fields(seal)[2]
	for name, tc := range map[string]struct{ file, want string }{
		"empty":          {"", "0 seal, 0 index and 0 links"},
		"no links":       {seal + "\n" + index, "1 seal, 1 index and 0 links"},
		"two indexes":    {good + index, "2 index"},
		"unknown use":    {"sign" + strings.TrimPrefix(seal, "seal"), "line 1: the use of a key"},
		"wrong ID":       {good + swapped, "line 6: the key does not belong to its ID"},
		"cut key":        {good + seal[:len(seal)-4], "line 6: the key is not 32 bytes"},
		"too many parts": {seal + " x", "line 1: a line has a use, an ID and a key, not 4"},
		"endless line":   {strings.Repeat("x", 1<<17), "token too long"},
	} {
		_, err := ParseKeys([]byte(tc.file))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tc.want)
		}
		for _, line := range lines[2:] {
			if err != nil && strings.Contains(err.Error(), strings.Fields(line)[2]) {
				t.Errorf("%s: the error shows a key", name)
			}
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte("# nothing\n"))
	f.Add([]byte("seal 00000000 AAAA\n"))
	f.Add(Keys{seal: make([]key, 1), links: make([]key, 1)}.File())
	f.Fuzz(func(t *testing.T, file []byte) {
		keys, err := ParseKeys(file)
		if err != nil {
			return
		}
		again, err := ParseKeys(keys.File())
		if err != nil || again.Fingerprint() != keys.Fingerprint() {
			t.Errorf("a file that was read does not read back: %v", err)
		}
		NewSealer(keys).Seal(Destination{})
		NewLinks(keys)
	})
}

func FuzzOpen(f *testing.F) {
	s := NewSealer(Keys{seal: make([]key, 1), links: make([]key, 1)})
	f.Add(s.Seal(NewDestination("a@example.org")))
	f.Add([]byte{sealVersion, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if d, err := s.Open(sealed); err != nil && d.Reveal() != "" {
			t.Errorf("an error %v and a destination at once", err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	s := NewSealer(GenerateKeys())
	sealed := s.Seal(NewDestination(base64.StdEncoding.EncodeToString(make([]byte, 300))))
	for b.Loop() {
		if _, err := s.Open(sealed); err != nil {
			b.Fatal(err)
		}
	}
}
