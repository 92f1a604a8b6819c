package subscribers

import (
	"bytes"
	"testing"
)

func TestADeviceIsKnownByItsEndpointOnly(t *testing.T) {
	s := NewSealer(GenerateKeys())
	index := func(text string) []byte { return s.Index(Push, NewDestination(text)) }
	known := index(`{"endpoint":"https://push.example.com/a","keys":{"p256dh":"x","auth":"y"}}`)
	for name, c := range map[string]struct {
		got  []byte
		same bool
	}{
		"in another order":      {index(`{"keys":{"auth":"y","p256dh":"x"},"expirationTime":null,"endpoint":"https://push.example.com/a"}`), true},
		"by its endpoint alone": {s.Index(Push, Endpoint("https://push.example.com/a")), true},
		"another device":        {index(`{"endpoint":"https://push.example.com/b","keys":{"p256dh":"x","auth":"y"}}`), false},
		"of another channel":    {s.Index("other", Endpoint("https://push.example.com/a")), false},
		"no JSON":               {index("nonsense"), false},
	} {
		if bytes.Equal(c.got, known) != c.same {
			t.Errorf("%s: the same device is %v, want %v", name, !c.same, c.same)
		}
	}
}

func TestADeviceProvesItselfByItsSecret(t *testing.T) {
	known := NewDestination(`{"endpoint":"https://push.example.com/a","keys":{"p256dh":"x","auth":"y"}}`)
	for text, want := range map[string]bool{
		`{"keys":{"auth":"y","p256dh":"x"},"endpoint":"https://push.example.com/a"}`: true,
		`{"endpoint":"https://push.example.com/a","keys":{"p256dh":"x","auth":"z"}}`: false,
		`{"endpoint":"https://push.example.com/b","keys":{"p256dh":"x","auth":"y"}}`: false,
		`{"endpoint":"https://push.example.com/a"}`:                                  false,
		`https://push.example.com/a`:                                                 false,
	} {
		if got := SameDevice(known, NewDestination(text)); got != want {
			t.Errorf("%s: the same device is %v, want %v", text, got, want)
		}
	}
	if none := NewDestination(`{"endpoint":"https://push.example.com/a"}`); SameDevice(none, none) {
		t.Error("a subscription without a secret proves something, want nothing")
	}
}
