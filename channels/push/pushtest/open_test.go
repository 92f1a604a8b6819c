package pushtest

import (
	"crypto/ecdh"
	"encoding/base64"
	"testing"
)

func bytesOf(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The example of RFC 8291 section 5.
const (
	browserKey  = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
	browserAuth = "BTBZMqHH6r4Tts7J_aSIgg"
	example     = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)

func TestTheExampleOfTheRFCOpens(t *testing.T) {
	key, err := ecdh.P256().NewPrivateKey(bytesOf(t, browserKey))
	if err != nil {
		t.Fatal(err)
	}
	got, err := unseal(key, bytesOf(t, browserAuth), bytesOf(t, example))
	if want := "When I grow up, I want to be a watermelon"; err != nil || string(got) != want {
		t.Errorf("it opens as %q (error: %v), want %q", got, err, want)
	}
}

func TestWhatIsNotSealedForTheBrowserDoesNotOpen(t *testing.T) {
	key, err := ecdh.P256().NewPrivateKey(bytesOf(t, browserKey))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		spoil func(body, auth []byte) []byte
	}{
		{"nothing", func(b, _ []byte) []byte { return nil }},
		{"a header alone", func(b, _ []byte) []byte { return b[:86] }},
		{"a bit changed", func(b, _ []byte) []byte { b[100] ^= 1; return b }},
		{"another salt", func(b, _ []byte) []byte { b[0] ^= 1; return b }},
		{"a key off the curve", func(b, _ []byte) []byte { b[40] ^= 1; return b }},
		{"a short key", func(b, _ []byte) []byte { b[20] = 64; return b }},
		{"more than one record", func(b, _ []byte) []byte { b[18], b[19] = 0, 20; return b }},
		{"another auth secret", func(b, a []byte) []byte { a[0] ^= 1; return b }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, auth := bytesOf(t, example), bytesOf(t, browserAuth)
			body = tt.spoil(body, auth)
			if got, err := unseal(key, auth, body); err == nil {
				t.Errorf("it opens as %q, want an error", got)
			}
		})
	}
}
