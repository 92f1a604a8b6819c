package store

import "callbox/internal/dispatch"

// alike is what results must share to be written by one statement.
type alike struct {
	set      int64
	attempts int
}

// few is how many results are not worth a statement of their own.
const few = 8

// alike sorts out the results that most flushes are made of: accepted, with nothing else to say, in area
// sets that nothing closed.
func (f *flushing) alike(settled []dispatch.Delivery) (many map[alike][]dispatch.Delivery, others []dispatch.Delivery) {
	many = map[alike][]dispatch.Delivery{}
	for _, d := range settled {
		if _, closed := f.closed[d.Set]; closed || d.Fate != dispatch.Accepted || d.Reason != "" || len(d.Receipt) > 0 {
			others = append(others, d)
			continue
		}
		of := alike{d.Set, d.Attempts}
		many[of] = append(many[of], d)
	}
	for of, ds := range many {
		if len(ds) < few {
			others = append(others, ds...)
			delete(many, of)
		}
	}
	return many, others
}

// acceptMany writes accepted deliveries of one area set by one statement, with what follows from them.
// It does nothing, and says so, when one of them does not wait any more: each is looked at then.
func (f *flushing) acceptMany(of alike, ds []dispatch.Delivery) (done bool, err error) {
	if _, err := f.exec(`SAVEPOINT many`); err != nil {
		return false, err
	}
	list := addressList(ds)
	n, err := f.exec(`UPDATE deliveries SET fate = 1, attempts = $1, next_at = 0, at = $2, reason = NULL, receipt = NULL
		WHERE bulletin = $3 AND lane = $4 AND set_id = $5 AND fate = 0 AND address IN (SELECT value FROM json_each($6))`,
		of.attempts, millis(f.now), f.batch.Bulletin, f.batch.Lane.ID, of.set, list)
	if err != nil {
		return false, err
	}
	if n != int64(len(ds)) {
		if _, err := f.exec(`ROLLBACK TO many`); err != nil {
			return false, err
		}
		_, err = f.exec(`RELEASE many`)
		return false, err
	}
	if _, err := f.exec(`RELEASE many`); err != nil {
		return false, err
	}
	heard, err := f.heardBefore(of.set, list)
	if err != nil {
		return false, err
	}
	f.moves[placeFates{of.set, dispatch.Waiting, dispatch.Accepted}] += len(ds)
	if first := len(ds) - heard; first > 0 {
		f.told[of.set] += first
	}
	return true, nil
}

// heardBefore counts those of a list of addresses that another bulletin of the outage has told.
func (f *flushing) heardBefore(set int64, list string) (n int, err error) {
	if f.seq == 1 {
		return 0, nil
	}
	err = f.row(`SELECT COUNT(DISTINCT d.address) FROM bulletins b CROSS JOIN deliveries d
		WHERE b.outage = $1 AND b.id <> $2 AND d.bulletin = b.id AND d.lane = $3 AND d.set_id = $4 AND d.fate IN (1, 7)
		AND d.address IN (SELECT value FROM json_each($5))`, []any{f.outage, f.batch.Bulletin, f.batch.Lane.ID, set, list}, &n)
	return n, err
}
