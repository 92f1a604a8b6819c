package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/officials"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// bench is a store with an agency and a clock that only tests move.
type bench struct {
	*Store
	t   testing.TB
	ctx context.Context
	at  time.Time
	seq map[string]int
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, ctx: context.Background(), at: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), seq: map[string]int{}}
	s, err := Open(b.ctx, newDatabase(t), subscribers.NewSealer(subscribers.GenerateKeys()),
		func() time.Time { return b.at })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Store = s
	b.ok(s.SaveAgency(b.ctx, officials.Agency{ID: "a", Name: "Agency"}, officials.Entry{Actor: "operator", Action: "agency.save"}))
	return b
}

func (b *bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// resident enrols an active mail address in areas and returns its ID.
func (b *bench) resident(name string, ids ...areas.ID) int64 {
	b.t.Helper()
	return b.enrol(Registration{List: "live", Langs: []string{"en"}, Areas: ids, Channel: channels.Email,
		Destination: subscribers.NewDestination(name + "@example.org"), Active: true})
}

// residents enrols n active mail addresses in an area, in one transaction.
func (b *bench) residents(n int, id areas.ID) []int64 {
	b.t.Helper()
	var rs []Registration
	for i := range n {
		rs = append(rs, Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{id}, Channel: channels.Email,
			Destination: subscribers.NewDestination(fmt.Sprintf("%s-%d@example.org", id, i)), Active: true})
	}
	out, err := b.Enrol(b.ctx, rs...)
	b.ok(err)
	var ids []int64
	for _, e := range out {
		ids = append(ids, e.Address)
	}
	return ids
}

func (b *bench) enrol(r Registration) int64 {
	b.t.Helper()
	out, err := b.Enrol(b.ctx, r)
	b.ok(err)
	return out[0].Address
}

// issue issues a bulletin that speaks to areas; those after "ended" have heard the last of it.
func (b *bench) issue(outage string, kind outages.Kind, still, ended []areas.ID) int64 {
	b.t.Helper()
	if b.seq[outage] == 0 {
		b.ok(b.NewOutage(b.ctx, outages.Outage{ID: outage, Agency: "a", Mode: outages.Live}))
	}
	b.seq[outage]++
	bul := outages.Bulletin{Outage: outage, Seq: b.seq[outage], Mode: outages.Live, Kind: kind, Issued: b.at, Expires: b.at.Add(4 * time.Hour)}
	for _, id := range still {
		bul.Facts.Advice = append(bul.Facts.Advice, outages.Advice{Area: areas.Area{ID: id}, Change: outages.Changed})
	}
	for _, id := range ended {
		bul.Facts.Advice = append(bul.Facts.Advice, outages.Advice{Area: areas.Area{ID: id}, Change: outages.Ended})
	}
	var texts Texts
	for _, a := range bul.Facts.Advice {
		texts.Areas = append(texts.Areas, templates.Text{Lang: "en", Parts: []templates.Part{{Areas: []areas.ID{a.Area.ID}}}})
	}
	id, err := b.Issue(b.ctx, bul, texts, nil, officials.Entry{Actor: "system", Action: "bulletin.issue"})
	b.ok(err)
	b.reconciles()
	return id
}

func (b *bench) lane() int64 {
	b.t.Helper()
	lanes, err := b.Lanes(b.ctx, b.at)
	b.ok(err)
	if len(lanes) == 0 {
		return 0
	}
	return lanes[0].ID
}

func (b *bench) lease() *dispatch.Batch {
	b.t.Helper()
	lane := b.lane()
	if lane == 0 {
		return nil
	}
	batch, err := b.Lease(b.ctx, lane, "me", b.at)
	b.ok(err)
	return batch
}

// settle gives every delivery of a batch the fate that its address is given, accepted by default, and
// gives the batch back.
func (b *bench) settle(batch *dispatch.Batch, fates map[int64]dispatch.Fate) {
	b.t.Helper()
	var out []dispatch.Delivery
	for _, d := range batch.Deliveries {
		d.Fate, d.Attempts = dispatch.Accepted, d.Attempts+1
		if f, ok := fates[d.Address]; ok {
			d.Fate = f
			if f == dispatch.Waiting {
				d.NextAt = b.at.Add(5 * time.Second)
			}
		}
		out = append(out, d)
	}
	_, err := b.Flush(b.ctx, batch, out, true, b.at)
	b.ok(err)
	b.reconciles()
}

// drain sends all there is to send and returns which address got which bulletins.
func (b *bench) drain(fates map[int64]dispatch.Fate) map[int64][]int64 {
	b.t.Helper()
	sent := map[int64][]int64{}
	for range 10_000 {
		batch := b.lease()
		if batch == nil {
			return sent
		}
		for _, d := range batch.Deliveries {
			sent[d.Address] = append(sent[d.Address], d.Bulletin)
		}
		b.settle(batch, fates)
	}
	b.t.Fatal("the ledger never runs dry")
	return nil
}

func (b *bench) totals(outage string, seq int) Totals {
	b.t.Helper()
	figures, err := b.Figures(b.ctx, outage, false)
	b.ok(err)
	for _, f := range figures {
		if f.Seq == seq {
			return f.Totals
		}
	}
	return Totals{}
}

func TestEverybodyOfAnAreaGetsOneDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := map[int64]bool{}
	for _, id := range append(b.residents(400, "x-a"), b.residents(400, "x-b")...) {
		want[id] = true
	}
	b.residents(400, "x-c")
	b.issue("o", outages.Alert, []areas.ID{"x-a", "x-b"}, nil)
	if got := b.totals("o", 1); got.Targeted != 800 || got.Waiting != 800 {
		t.Fatalf("at issue: %+v, want 800 targeted and waiting", got)
	}
	first := b.lease()
	if len(first.Deliveries) != firstCuts[0] {
		t.Errorf("the first batch has %d deliveries, want %d: small ones first", len(first.Deliveries), firstCuts[0])
	}
	b.settle(first, nil)
	sent := b.drain(nil)
	for _, d := range first.Deliveries {
		sent[d.Address] = append(sent[d.Address], d.Bulletin)
	}
	for id := range want {
		if len(sent[id]) != 1 {
			t.Errorf("address %d: %d deliveries, want 1", id, len(sent[id]))
		}
		delete(sent, id)
	}
	if len(sent) != 0 {
		t.Errorf("%d deliveries to people of other areas, want none", len(sent))
	}
	if got := b.totals("o", 1); got.Accepted != 800 || got.Waiting != 0 {
		t.Errorf("at the end: %+v, want 800 accepted", got)
	}
}

// promise 5: a lease that lapses is taken over, and the former owner can change nothing any more.
func TestALapsedBatchIsTakenOverAndFenced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(10, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	mine := b.lease()
	half := mine.Deliveries[:4]
	for i := range half {
		half[i].Fate = dispatch.Accepted
	}
	if _, err := b.Flush(b.ctx, mine, half, false, b.at); err != nil {
		t.Fatal(err)
	}
	if other := b.lease(); other != nil {
		t.Fatalf("a batch under lease was leased again with %d deliveries", len(other.Deliveries))
	}
	b.at = b.at.Add(dispatch.LeaseFor + time.Second)
	other := b.lease()
	if other == nil || len(other.Deliveries) != 6 {
		t.Fatalf("after the lapse: %+v, want the 6 deliveries that were not flushed", other)
	}
	rest := mine.Deliveries[4:]
	for i := range rest {
		rest[i].Fate = dispatch.Accepted
	}
	if _, err := b.Flush(b.ctx, mine, rest, true, b.at); err == nil {
		t.Error("a flush by the former owner succeeded, want it fenced")
	}
	b.settle(other, nil)
	if got := b.totals("o", 1); got.Accepted != 10 {
		t.Errorf("%+v, want 10 accepted", got)
	}
}

func TestARetryComesBackWhenItIsDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	slow := b.resident("slow", "x-a")
	b.resident("quick", "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.drain(map[int64]dispatch.Fate{slow: dispatch.Waiting})
	if got := b.totals("o", 1); got.Waiting != 1 || got.Accepted != 1 {
		t.Fatalf("%+v, want one waiting, one accepted", got)
	}
	b.at = b.at.Add(6 * time.Second)
	if sent := b.drain(nil); len(sent) != 1 || len(sent[slow]) != 1 {
		t.Errorf("due again: %v, want the slow one once", sent)
	}
}

// promise 6: a newer bulletin overtakes what waits, whoever was told hears the end, once, and nobody
// else does.
func TestTheEndReachesExactlyThoseWhoWereTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(400, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	told := b.lease() // 50, accepted
	retry := told.Deliveries[0].Address
	b.settle(told, map[int64]dispatch.Fate{retry: dispatch.Waiting})
	flying := b.lease() // 100, on their way while the end is issued
	end := b.issue("o", outages.AllClear, nil, []areas.ID{"x-a"})
	if got := b.totals("o", 2); got.Targeted != 49 {
		t.Errorf("the end targets %d, want the 49 who were told", got.Targeted)
	}
	if super, err := b.Superseded(b.ctx, flying); err != nil || !super {
		t.Errorf("Superseded = %v, %v, want true", super, err)
	}
	for i := range flying.Deliveries { // 60 of them had begun
		if i < 60 {
			flying.Deliveries[i].Fate = dispatch.Accepted
		}
	}
	if _, err := b.Flush(b.ctx, flying, flying.Deliveries[:60], true, b.at); err != nil {
		t.Fatal(err)
	}
	b.reconciles()
	sent := b.drain(nil)
	for _, id := range ids {
		heard := slicesContains(told, id) && id != retry
		for i, d := range flying.Deliveries {
			heard = heard || d.Address == id && i < 60
		}
		switch got := sent[id]; {
		case heard && (len(got) != 1 || got[0] != end):
			t.Errorf("address %d was told and then heard %v, want the end once", id, got)
		case !heard && len(got) != 0:
			t.Errorf("address %d was not told and heard %v, want nothing", id, got)
		}
	}
	if got := b.totals("o", 1); got.Accepted != 109 || got.Overtaken != 291 || got.Waiting != 0 {
		t.Errorf("the alert: %+v, want 109 accepted, 291 overtaken", got)
	}
	if got := b.totals("o", 2); got.Accepted != 109 || got.Waiting != 0 {
		t.Errorf("the end: %+v, want 109 accepted", got)
	}
}

func slicesContains(b *dispatch.Batch, address int64) bool {
	for _, d := range b.Deliveries {
		if d.Address == address {
			return true
		}
	}
	return false
}

// An end that a reader has not got yet is not overtaken by news that does not concern them.
func TestARestorationStaysOnItsWayWhenALaterUpdateLeavesItsAreaOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	clinton, hartford := b.resident("c", "x-clinton"), b.resident("h", "x-hartford")
	b.issue("o", outages.Alert, []areas.ID{"x-clinton", "x-hartford"}, nil)
	b.drain(nil)
	restored := b.issue("o", outages.Update, []areas.ID{"x-hartford"}, []areas.ID{"x-clinton"})
	b.drain(map[int64]dispatch.Fate{clinton: dispatch.Waiting})
	end := b.issue("o", outages.AllClear, nil, []areas.ID{"x-hartford"})
	b.at = b.at.Add(6 * time.Second)
	sent := b.drain(nil)
	if got := sent[clinton]; len(got) != 1 || got[0] != restored {
		t.Errorf("Clinton heard %v, want its restoration %d", got, restored)
	}
	if got := sent[hartford]; len(got) != 1 || got[0] != end {
		t.Errorf("Hartford heard %v, want the end %d", got, end)
	}
}

// promise 14: late joiners are told; a newcomer where 911 works again is not.
func TestConfirmingDuringAnOutageBringsItsNewestBulletin(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.resident("first", "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a", "x-b"}, nil)
	update := b.issue("o", outages.Update, []areas.ID{"x-a"}, []areas.ID{"x-b"})
	b.drain(nil)
	late := b.enrol(Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
		Destination: subscribers.NewDestination("late@example.org")})
	if sent := b.drain(nil); len(sent) != 0 {
		t.Fatalf("before confirming: %v, want nothing", sent)
	}
	b.ok(b.Confirm(b.ctx, late))
	b.ok(b.Confirm(b.ctx, late))
	b.reconciles()
	b.resident("elsewhere", "x-b")
	if sent := b.drain(nil); len(sent) != 1 || len(sent[late]) != 1 || sent[late][0] != update {
		t.Errorf("after confirming: %v, want the update %d to the late one only", sent, update)
	}
	moved, err := b.Refile(b.ctx, late, []string{"en"}, nil, []areas.ID{"x-c"})
	b.ok(err)
	b.reconciles()
	back, err := b.Refile(b.ctx, moved, []string{"en"}, nil, []areas.ID{"x-a"})
	b.ok(err)
	if sent := b.drain(nil); len(sent) != 1 || len(sent[back]) != 1 {
		t.Errorf("after moving back: %v, want the update once", sent)
	}
}

// promise 5: leaving before the cut is honoured, and still counted.
func TestLeavingBeforeTheCutStopsTheDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := b.residents(200, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.settle(b.lease(), nil)
	last := ids[len(ids)-1]
	b.ok(b.Leave(b.ctx, last))
	b.ok(b.Leave(b.ctx, last))
	b.ok(b.Leave(b.ctx, ids[0])) // has it already
	b.reconciles()
	if sent := b.drain(nil); len(sent[last]) != 0 {
		t.Errorf("who left heard %v, want nothing", sent[last])
	}
	if got := b.totals("o", 1); got.Accepted != 199 || got.Stopped != 1 {
		t.Errorf("%+v, want 199 accepted, 1 stopped", got)
	}
	b.issue("o", outages.AllClear, nil, []areas.ID{"x-a"})
	if got := b.totals("o", 2); got.Targeted != 198 {
		t.Errorf("the end targets %d, want the 198 who were told and stayed", got.Targeted)
	}
	b.drain(nil)
}

// promise 7: gone retires an address for every outage.
func TestAnAddressThatIsGoneGetsNothingMore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dead := b.resident("dead", "x-a")
	b.resident("alive", "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.issue("p", outages.Alert, []areas.ID{"x-a"}, nil)
	b.settle(b.lease(), map[int64]dispatch.Fate{dead: dispatch.Gone})
	b.reconciles()
	b.drain(nil)
	if o, p := b.totals("o", 1), b.totals("p", 1); o.Gone != 1 || p.Gone != 1 || o.Accepted != 1 || p.Accepted != 1 {
		t.Errorf("totals %+v and %+v, want each one accepted, one gone", o, p)
	}
}

// promise 3: SQL itself cannot carry a drill to the live list.
func TestSQLRefusesADrillOnALiveLane(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.resident("r", "x-a")
	id := b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.ok(b.NewOutage(b.ctx, outages.Outage{ID: "d", Agency: "a", Mode: outages.Drill}))
	_, err := b.Issue(b.ctx, outages.Bulletin{Outage: "d", Seq: 1, Mode: outages.Drill, Kind: outages.Alert, Issued: b.at, Expires: b.at.Add(time.Hour)},
		Texts{}, nil, officials.Entry{})
	b.ok(err)
	for name, q := range map[string]string{
		"a drill's audience on a live lane":   `INSERT INTO audiences (bulletin, lane, list, high_water, tests_only) SELECT 2, 1, 'live', 9, 0`,
		"the same with the drill list":        `INSERT INTO audiences (bulletin, lane, list, high_water, tests_only) SELECT 2, 1, 'drill', 9, 0`,
		"a delivery without an audience":      `INSERT INTO deliveries (bulletin, lane, set_id, address) SELECT 2, 1, 1, 1`,
		"a live outage with a drill bulletin": `INSERT INTO bulletins (outage, seq, mode, list, kind, issued, expires, data, texts) VALUES ('o', 9, 'drill', 'drill', 'update', 0, 0, '', '')`,
		"a drill bulletin for the live list":  `INSERT INTO bulletins (outage, seq, mode, list, kind, issued, expires, data, texts) VALUES ('d', 9, 'drill', 'live', 'update', 0, 0, '', '')`,
		"a live address on a drill lane":      `UPDATE addresses SET list = 'drill'`,
		"totals that do not add up":           `UPDATE totals SET targeted = targeted + 1`,
	} {
		if _, err := b.write.ExecContext(b.ctx, q); err == nil {
			t.Errorf("%s: accepted, want refused", name)
		}
	}
	_ = id
}

func TestStoppingKeepsWhatIsLeftFromLeaving(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(300, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.settle(b.lease(), nil)
	flying := b.lease()
	b.ok(b.Stop(b.ctx, "o", officials.Entry{Actor: "ada", Action: "outage.stop"}))
	b.settle(flying, nil)
	if sent := b.drain(nil); len(sent) != 0 {
		t.Errorf("after the stop %d more were sent, want none", len(sent))
	}
	if got := b.totals("o", 1); got.Accepted != 150 || got.Stopped != 150 || got.Waiting != 0 {
		t.Errorf("%+v, want 150 accepted, 150 stopped", got)
	}
}

func TestAnExpiredBulletinIsNotSent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(120, "x-a")
	b.issue("o", outages.Alert, []areas.ID{"x-a"}, nil)
	b.settle(b.lease(), nil)
	b.at = b.at.Add(5 * time.Hour)
	if sent := b.drain(nil); len(sent) != 0 {
		t.Errorf("%d sent after expiry, want none", len(sent))
	}
	if got := b.totals("o", 1); got.Expired != 70 || got.Accepted != 50 {
		t.Errorf("%+v, want 70 expired", got)
	}
}

// promise 12: neither the file nor an error shows an address.
func TestTheDatabaseHoldsNoDestination(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.resident("secret-person", "x-a")
	var n int
	b.ok(b.write.QueryRowContext(b.ctx, `SELECT COUNT(*) FROM addresses WHERE CAST(sealed AS TEXT) LIKE '%secret-person%' OR CAST(idx AS TEXT) LIKE '%secret%'`).Scan(&n))
	if n != 0 {
		t.Error("a destination stands in clear")
	}
	again, err := b.Enrol(b.ctx, Registration{List: "live", Langs: []string{"es"}, Areas: []areas.ID{"x-b"}, Channel: channels.Email,
		Destination: subscribers.NewDestination("SECRET-person@example.org")})
	b.ok(err)
	if !again[0].Known {
		t.Error("the same address in capitals is enrolled twice")
	}
}

func TestTheAuditTrailShowsAChangedByte(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ok(b.SaveAgency(b.ctx, officials.Agency{ID: "a", Name: "B"}, officials.Entry{Actor: "operator", Action: "agency.save"}))
	n := 0
	count := func(officials.Entry) error { n++; return nil }
	b.ok(b.Audit(b.ctx, 0, count))
	if n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
	_, err := b.write.ExecContext(b.ctx, `UPDATE audit SET data = REPLACE(data, 'operator', 'operat0r') WHERE seq = 1`)
	b.ok(err)
	if err := b.Audit(b.ctx, 0, count); err == nil {
		t.Error("a changed entry verifies")
	}
}

// A newer alert does not wait behind what a dead process left of an older one.
func TestANewerBulletinGoesBeforeALapsedBatchOfAnOlderOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.residents(60, "x-a")
	b.issue("old", outages.Alert, []areas.ID{"x-a"}, nil)
	b.lease() // and never comes back
	b.at = b.at.Add(dispatch.LeaseFor + time.Second)
	newer := b.issue("new", outages.Alert, []areas.ID{"x-a"}, nil)
	if first := b.lease(); first.Bulletin != newer {
		t.Errorf("leased bulletin %d first, want the newer one, %d", first.Bulletin, newer)
	}
	b.at = b.at.Add(dispatch.LeaseFor + time.Second)
	b.drain(nil)
	if o, n := b.totals("old", 1), b.totals("new", 1); o.Accepted != 60 || n.Accepted != 60 {
		t.Errorf("old %+v, new %+v, want 60 accepted each", o, n)
	}
}

// Two agencies of one installation share the feed.
func TestAnOutletThatIsAddedAgainHearsOfMoreAreas(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	feed := Registration{List: "live", Crowd: true, Langs: []string{"en"}, Areas: []areas.ID{"22"}, Channel: channels.CAP,
		Destination: subscribers.NewDestination("live"), Active: true}
	b.enrol(feed)
	feed.Areas = []areas.ID{"28"}
	b.enrol(feed)
	crowds, err := b.Crowds(b.ctx, "live")
	b.ok(err)
	if len(crowds) != 1 || crowds[0] != "22,28" {
		t.Errorf("crowds %q, want one that hears of both states", crowds)
	}
	b.reconciles()
}
