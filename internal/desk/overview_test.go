package desk

import (
	"strings"
	"testing"

	"callbox/outages"
)

func TestTheOverviewCountsResidentsAndNamesNone(t *testing.T) {
	r := newRoom(t)
	_, err := r.ImportAreas(r.ctx, r.ada, strings.NewReader("id,name,state,within,residents,zips\nx-clinton,Clinton,CT,,13000,06413\n"))
	r.ok(err)
	r.resident("06413")
	r.resident("06880")
	o, err := r.Overview(r.ctx, r.ada, outages.Live)
	r.ok(err)
	if o.Channels["email"] != 2 || o.Languages["en"] != 2 || o.Areas["x-clinton"] != 1 || len(o.Months) != 1 || o.Months[0].New != 2 {
		t.Errorf("the overview is %+v", o.Overview)
	}
	found := false
	for _, p := range o.Places {
		if p.Area.ID == "x-clinton" {
			found = true
			if p.PerThousand < 0.07 || p.PerThousand > 0.08 {
				t.Errorf("%v per 1,000 residents, want 1 of 13,000", p.PerThousand)
			}
		}
	}
	if !found {
		t.Error("Clinton is missing")
	}
	if _, err := r.Overview(r.ctx, r.bob, outages.Live); err == nil {
		t.Error("one who may not look does")
	}
	if empty, err := r.Overview(r.ctx, r.ada, outages.Drill); err != nil || len(empty.Channels) != 0 {
		t.Errorf("the drill list: %+v, %v", empty.Channels, err)
	}
}
