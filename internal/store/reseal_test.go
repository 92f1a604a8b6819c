package store

import (
	"maps"
	"testing"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/subscribers"
)

// promise 12: what an old key sealed is sealed anew in small steps, which may be taken again, while others
// send and sign up; then nothing needs the old key.
func TestWhatAnOldKeySealedIsSealedAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := subscribers.GenerateKeys()
	b.sealer = subscribers.NewSealer(old)
	b.residents(7, "x-a")
	gone := b.resident("gone", "x-b")
	b.ok(b.SaveOfficial(b.ctx, officials.Official{ID: "ada", Agency: "a", Name: "Ada"}, officials.Entry{Actor: "operator", Action: "official.save"}))
	b.ok(b.AddDevice(b.ctx, Device{Official: "ada", Label: "phone", To: subscribers.NewDestination(`{"endpoint":"https://push.example.org/1"}`)}, officials.Entry{}))
	b.ok(b.SetCode(b.ctx, "ada", "SECRET", 1, officials.Entry{}))

	keys := old.Prepare().Promote()
	b.sealer = subscribers.NewSealer(keys)
	newest := b.sealer.KeyOf(b.sealer.Seal(subscribers.Destination{}))
	b.resident("new", "x-a")
	if _, err := b.write.ExecContext(b.ctx, `UPDATE addresses SET sealed = $1 WHERE id = $2`, []byte("\x01\x01\x02\x03\x04 of nobody"), gone); err != nil {
		t.Fatal(err)
	}
	sealed := func(want map[string]int) {
		t.Helper()
		got, err := b.SealedBy(b.ctx)
		b.ok(err)
		if !maps.Equal(got, want) {
			t.Errorf("sealed by %v, want %v", got, want)
		}
	}
	sealed(map[string]int{keys.Old()[0]: 9, newest: 1, "01020304": 1})

	first, err := b.Reseal(b.ctx, 0, 4)
	b.ok(err)
	if first.Seen != 4 || first.Anew != 4 || first.Closed != 0 {
		t.Errorf("the first batch of four: %+v", first)
	}
	again, err := b.Reseal(b.ctx, 0, 4) // it was cut off
	b.ok(err)
	if again.Seen != 4 || again.Anew != 0 || again.Last != first.Last {
		t.Errorf("the same again: %+v", again)
	}
	rest, err := b.Reseal(b.ctx, again.Last, 100)
	b.ok(err)
	if rest.Seen != 5 || rest.Anew != 3 || rest.Closed != 1 {
		t.Errorf("the rest: %+v, want 5 seen, 3 anew, 1 that no key opens", rest)
	}
	people, err := b.ResealOfficials(b.ctx)
	b.ok(err)
	if people.Anew != 2 || people.Closed != 0 {
		t.Errorf("of officials: %+v, want a device and a code app", people)
	}
	sealed(map[string]int{newest: 10, "01020304": 1})

	b.sealer = subscribers.NewSealer(keys.Retire(keys.Old()[0]))
	if secret, _, err := b.Code(b.ctx, "ada"); err != nil || secret != "SECRET" {
		t.Errorf("the code app: %q, %v", secret, err)
	}
	if devices, err := b.Devices(b.ctx, "ada"); err != nil || len(devices) != 1 {
		t.Errorf("the device: %v, %v", devices, err)
	}
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	if sent := b.drain(nil); len(sent) != 8 {
		t.Errorf("%d are told, want 8", len(sent))
	}
}
