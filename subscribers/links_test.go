package subscribers

import (
	"encoding/base64"
	"errors"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func TestALinkIsGoodForItsPurposeUntilItExpires(t *testing.T) {
	l := NewLinks(GenerateKeys())
	for _, id := range []int64{0, 1, 42, -1, math.MaxInt64, math.MinInt64} {
		token := l.Token(Confirm, id, noon)
		for name, tc := range map[string]struct {
			purpose Purpose
			now     time.Time
			want    error
		}{
			"in time":          {Confirm, noon.Add(-time.Hour), nil},
			"the last second":  {Confirm, noon, nil},
			"too late":         {Confirm, noon.Add(time.Second), ErrExpired},
			"another purpose":  {Manage, noon, ErrForged},
			"and expired":      {Unsubscribe, noon.Add(time.Hour), ErrForged},
			"unknown purpose":  {"", noon, ErrForged},
			"purpose extended": {"confirm\x00", noon, ErrForged},
		} {
			got, err := l.Read(tc.purpose, token, tc.now)
			if !errors.Is(err, tc.want) {
				t.Errorf("%s: %v, want %v", name, err, tc.want)
			}
			if known := err == nil || errors.Is(err, ErrExpired); known && got != id || !known && got != 0 {
				t.Errorf("%s: ID %d of %d with %v", name, got, id, err)
			}
		}
		if url.QueryEscape(token) != token || len(token) > 48 {
			t.Errorf("the token %q needs escaping or is longer than 48 characters", token)
		}
	}
}

func TestALinkWithoutExpiryStaysGood(t *testing.T) {
	l := NewLinks(GenerateKeys())
	token := l.Token(Unsubscribe, 7, time.Time{})
	if id, err := l.Read(Unsubscribe, token, noon.AddDate(100, 0, 0)); err != nil || id != 7 {
		t.Errorf("after a hundred years: %d, %v, want 7", id, err)
	}
	if _, err := l.Read(Unsubscribe, l.Token(Unsubscribe, 7, time.Unix(-5, 0)), noon); !errors.Is(err, ErrExpired) {
		t.Errorf("a link that expired before 1970: %v, want ErrExpired", err)
	}
}

func TestAChangedLinkIsForged(t *testing.T) {
	l := NewLinks(GenerateKeys())
	token := l.Token(Manage, 42, noon)
	other := NewLinks(GenerateKeys()).Token(Manage, 42, noon)
	bad := []string{"", "x", other, token + "A", token + "=", "\n" + token, token[:9] + "\r\n" + token[9:], " " + token,
		strings.Repeat("A", maxToken), strings.Repeat("A", 1<<20), base64.RawURLEncoding.EncodeToString(make([]byte, macSize))}
	for i := range token {
		changed := []byte(token)
		changed[i] ^= 1
		bad = append(bad, string(changed), token[:i], token[:i]+token[i+1:])
	}
	for _, text := range bad {
		if id, err := l.Read(Manage, text, noon); !errors.Is(err, ErrForged) || id != 0 {
			t.Errorf("%.60q: %d, %v, want ErrForged", text, id, err)
		}
	}
}

func TestLinksOutliveARotation(t *testing.T) {
	keys := GenerateKeys()
	token := NewLinks(keys).Token(Manage, 42, noon)
	rotated := keys.Rotate()
	if id, err := NewLinks(rotated).Read(Manage, token, noon); err != nil || id != 42 {
		t.Errorf("a link from before the rotation: %d, %v, want 42", id, err)
	}
	if _, err := NewLinks(keys).Read(Manage, NewLinks(rotated).Token(Manage, 42, noon), noon); !errors.Is(err, ErrForged) {
		t.Errorf("a link of the new key, read with the old: %v, want ErrForged", err)
	}
}

func FuzzReadLink(f *testing.F) {
	l := NewLinks(Keys{seal: make([]key, 1), links: make([]key, 1)})
	f.Add(l.Token(Manage, 42, noon))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		id, err := l.Read(Manage, token, noon)
		if err != nil && !errors.Is(err, ErrForged) && !errors.Is(err, ErrExpired) {
			t.Errorf("an error of its own: %v", err)
		}
		if err != nil {
			return
		}
		// Whatever is read must be a token as it is made, in its one spelling.
		raw, _ := tokenEncoding.DecodeString(token)
		if tokenEncoding.EncodeToString(raw) != token {
			t.Errorf("%q is a second spelling of a link for %d", token, id)
		}
	})
}

func BenchmarkReadLink(b *testing.B) {
	l := NewLinks(GenerateKeys())
	token := l.Token(Manage, 42, noon)
	for b.Loop() {
		if _, err := l.Read(Manage, token, noon); err != nil {
			b.Fatal(err)
		}
	}
}
