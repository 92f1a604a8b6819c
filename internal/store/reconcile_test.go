package store

import (
	"fmt"
	"strings"

	"callbox/internal/dispatch"
)

// account is every delivery of a ledger, read one by one.
type account struct {
	fates map[place]map[dispatch.Fate]int
	told  map[string]bool // outage, lane, set and address, of those who were told anything
}

func (b *bench) account() account {
	b.t.Helper()
	acc := account{fates: map[place]map[dispatch.Fate]int{}, told: map[string]bool{}}
	seen := map[string]bool{}
	add := func(outage string, p place, address int64, fate dispatch.Fate) {
		if one := fmt.Sprint(p, address); seen[one] {
			b.t.Fatalf("the delivery of bulletin %d to address %d stands twice in the ledger", p.bulletin, address)
		} else {
			seen[one] = true
		}
		if acc.fates[p] == nil {
			acc.fates[p] = map[dispatch.Fate]int{}
		}
		acc.fates[p][fate]++
		if wasTold(fate) {
			acc.told[fmt.Sprint(outage, " ", p.lane, p.set, address)] = true
		}
	}
	rows, err := b.write.QueryContext(b.ctx, `SELECT x.outage, d.bulletin, d.lane, d.set_id, d.address, d.fate FROM deliveries d JOIN bulletins x ON x.id = d.bulletin`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var outage string
		var p place
		var address int64
		var fate dispatch.Fate
		err := r.Scan(&outage, &p.bulletin, &p.lane, &p.set, &address, &fate)
		add(outage, p, address, fate)
		return err
	}))
	rows, err = b.write.QueryContext(b.ctx, `SELECT x.outage, s.bulletin, s.lane, s.entries FROM sheets s JOIN bulletins x ON x.id = s.bulletin`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var outage string
		var p place
		var data []byte
		if err := r.Scan(&outage, &p.bulletin, &p.lane, &data); err != nil {
			return err
		}
		entries, err := decodeEntries(data)
		for _, e := range entries {
			p.set = e.set
			switch e.standing {
			case waits:
				add(outage, p, e.addr, dispatch.Waiting)
			case accepted:
				add(outage, p, e.addr, dispatch.Accepted)
			}
		}
		return err
	}))
	return acc
}

// reconciles checks promise 13 against every single delivery, and the counts that issuing relies on.
func (b *bench) reconciles() {
	b.t.Helper()
	acc := b.account()
	var sums []string
	for _, c := range fateColumns {
		sums = append(sums, "o."+c)
	}
	rows, err := b.write.QueryContext(b.ctx, `SELECT o.bulletin, o.lane, o.set_id, o.targeted, o.cut, u.done, `+strings.Join(sums, ", ")+`
		FROM totals o JOIN audiences u ON u.bulletin = o.bulletin AND u.lane = o.lane`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var p place
		var targeted, cut int
		var done bool
		var n [len(fateColumns)]int
		if err := r.Scan(&p.bulletin, &p.lane, &p.set, &targeted, &cut, &done,
			&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7]); err != nil {
			return err
		}
		got := acc.fates[p]
		for _, fate := range []dispatch.Fate{dispatch.Accepted, dispatch.Refused, dispatch.Gone, dispatch.Uncertain} {
			if got[fate] != n[fate] {
				b.t.Fatalf("%+v: %d deliveries are %s, the totals say %d", p, got[fate], fate, n[fate])
			}
		}
		if waiting := got[dispatch.Waiting] + targeted - cut; waiting != n[dispatch.Waiting] {
			b.t.Fatalf("%+v: %d wait, the totals say %d", p, waiting, n[dispatch.Waiting])
		}
		if done && cut != targeted {
			b.t.Fatalf("%+v: the audience is cut to its end, and %d of %d were cut", p, cut, targeted)
		}
		return nil
	}))
	b.rollCounts(acc)
}

// rollCounts checks the counts of who is active and of who was told, and what addresses repeat of their
// subscribers.
func (b *bench) rollCounts(acc account) {
	b.t.Helper()
	var foreign int
	b.ok(b.write.QueryRowContext(b.ctx, `SELECT COUNT(*) FROM addresses a JOIN subscribers p ON p.id = a.subscriber
		WHERE a.state IN (0, 1, 5) AND a.langs <> p.langs`).Scan(&foreign))
	if foreign > 0 {
		b.t.Fatalf("%d addresses have other languages than their subscribers", foreign)
	}
	active, told := map[place]int{}, map[string]int{}
	outages := map[string]bool{}
	rows, err := b.write.QueryContext(b.ctx, `SELECT id FROM outages`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var id string
		err := r.Scan(&id)
		outages[id] = true
		return err
	}))
	rows, err = b.write.QueryContext(b.ctx, `SELECT lane, set_id, id FROM addresses WHERE state = 1`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var p place
		var id int64
		err := r.Scan(&p.lane, &p.set, &id)
		active[p]++
		for outage := range outages {
			if acc.told[fmt.Sprint(outage, " ", p.lane, p.set, id)] {
				told[fmt.Sprint(outage, p.lane, p.set)]++
			}
		}
		return err
	}))
	rows, err = b.write.QueryContext(b.ctx, `SELECT lane, set_id, active FROM roll`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var p place
		var n int
		err := r.Scan(&p.lane, &p.set, &n)
		if active[p] != n {
			b.t.Fatalf("%+v: %d are active, the roll says %d", p, active[p], n)
		}
		return err
	}))
	rows, err = b.write.QueryContext(b.ctx, `SELECT outage, lane, set_id, n FROM told`)
	b.ok(each(rows, err, func(r rowScanner) error {
		var outage string
		var lane, set int64
		var n int
		err := r.Scan(&outage, &lane, &set, &n)
		if got := told[fmt.Sprint(outage, lane, set)]; got != n {
			b.t.Fatalf("outage %s, lane %d, set %d: %d were told, the count says %d", outage, lane, set, got, n)
		}
		return err
	}))
}
