package desk

import (
	"strings"
	"testing"
	"time"
)

// Whoever was paused where they come from is paused here, and hears again when it is over.
func TestAnImportedPauseGoesOnAndEnds(t *testing.T) {
	r := newRoom(t)
	file := "channel,destination,places,state,consent_source,consent_date\nemail,a@example.org,06880,paused,fair,2024-05-01\n"
	_, err := r.ImportSubscribers(r.ctx, r.ada, strings.NewReader(file), nil)
	r.ok(err)
	export := func() string {
		var out strings.Builder
		r.ok(r.ExportSubscribers(r.ctx, r.ada, &out))
		return out.String()
	}
	if got := export(); !strings.Contains(got, "paused") || len(r.letters()) != 0 {
		t.Errorf("the roll after the import:\n%s\nand %d letters, want the pause and none", got, len(r.posted))
	}
	r.at = r.at.Add(PauseFor + time.Minute)
	r.ok(r.TendResidents(r.ctx))
	if got := export(); !strings.Contains(got, "active") {
		t.Errorf("the roll a month later:\n%s\nwant the address active", got)
	}
}
