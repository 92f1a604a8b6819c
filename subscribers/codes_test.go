package subscribers_test

import (
	"slices"
	"testing"

	"callbox/subscribers"
)

func TestACodeIsKnownAgainAfterTheKeysAreRotated(t *testing.T) {
	keys := subscribers.GenerateKeys()
	before := subscribers.NewLinks(keys).Codes("outage/1")
	after := subscribers.NewLinks(keys.Rotate()).Codes("outage/1")
	if len(before) != 1 || len(before[0]) != 6 {
		t.Fatalf("codes %q, want one of six characters", before)
	}
	if !slices.Contains(after, before[0]) {
		t.Errorf("after rotation the codes are %q, want %s among them", after, before[0])
	}
	if other := subscribers.NewLinks(keys).Codes("outage/2"); other[0] == before[0] {
		t.Errorf("two bulletins have the code %s", other[0])
	}
	if foreign := subscribers.NewLinks(subscribers.GenerateKeys()).Codes("outage/1"); foreign[0] == before[0] {
		t.Errorf("another installation makes the same code %s", foreign[0])
	}
}
