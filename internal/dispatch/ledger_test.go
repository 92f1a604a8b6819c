package dispatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"callbox/areas"
	"callbox/outages"
	"callbox/templates"
)

// memory is a ledger for the tests of time and concurrency: the contract of [Ledger] without a disk, so
// that hours pass in an instant. The sender runs against the real store in the store's own tests.
type memory struct {
	batchSize int

	mu        sync.Mutex
	lanes     map[int64]*Lane
	people    map[int64][]Recipient // by lane; address n is the n-th
	bulletins []*Issued             // ID n is the n-th
	rows      map[rowKey]*row
	batches   map[int64]*memoryBatch
	lastBatch int64
	turns     int
	flushes   []flushed
	halts     []Lane
	fail      error // what every call returns
}

type rowKey struct{ bulletin, lane, address int64 }

type row struct {
	Delivery
	batch   int64 // 0: free
	settled int   // how often it was flushed
}

type memoryBatch struct {
	Batch
	owner string
	until time.Time
	keys  []rowKey
}

type flushed struct {
	at    time.Time
	count int
	done  bool
}

func newMemory() *memory {
	return &memory{
		batchSize: 500,
		lanes:     map[int64]*Lane{},
		people:    map[int64][]Recipient{},
		rows:      map[rowKey]*row{},
		batches:   map[int64]*memoryBatch{},
	}
}

// lane adds a lane with n people and returns its ID.
func (m *memory) lane(l Lane, n int) int64 {
	l.ID = int64(len(m.lanes) + 1)
	l.List = cmp.Or(l.List, liveList)
	m.lanes[l.ID] = &l
	for i := range n {
		m.people[l.ID] = append(m.people[l.ID], Recipient{
			Destination: fmt.Sprintf("%d/%d", l.ID, i+1),
			Langs:       []templates.Lang{templates.English},
			Areas:       []areas.ID{"09003"},
		})
	}
	return l.ID
}

// issue commits a bulletin to everybody on every lane; older ones of its outage are overtaken.
func (m *memory) issue(b outages.Bulletin) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	b.Mode = cmp.Or(b.Mode, outages.Live)
	b.Declaration.Mode = b.Mode
	id := int64(len(m.bulletins) + 1)
	text := map[templates.Lang]templates.Text{templates.English: textOf(b.Mode, "Hartford")}
	m.bulletins = append(m.bulletins, &Issued{
		ID: id, Bulletin: b, Texts: map[areas.ID]map[templates.Lang]templates.Text{"09003": text},
	})
	for lane, people := range m.people {
		for i := range people {
			key := rowKey{id, lane, int64(i + 1)}
			m.rows[key] = &row{Delivery: Delivery{Bulletin: id, Lane: lane, Set: 1, Address: key.address}}
		}
	}
	for key, r := range m.rows {
		if r.batch == 0 {
			m.overtake(key, r)
		}
	}
	return id
}

func (m *memory) overtake(key rowKey, r *row) {
	if r.Fate == Waiting && m.superseded(key.bulletin) {
		r.Fate = Overtaken
	}
}

func (m *memory) superseded(bulletin int64) bool {
	b := m.bulletins[bulletin-1].Bulletin
	for _, other := range m.bulletins[bulletin:] {
		if other.Bulletin.Outage == b.Outage {
			return true
		}
	}
	return false
}

func (m *memory) free(r *row, now time.Time) bool {
	if b := m.batches[r.batch]; b != nil && now.Before(b.until) {
		return false
	}
	return r.Fate == Waiting && !now.Before(r.NextAt)
}

func (m *memory) Lanes(_ context.Context, now time.Time) ([]Lane, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	newest := map[int64]int64{}
	for key, r := range m.rows {
		if m.free(r, now) {
			newest[key.lane] = max(newest[key.lane], key.bulletin)
		}
	}
	var out []Lane
	for _, id := range slices.SortedFunc(maps.Keys(newest), func(a, b int64) int {
		return cmp.Or(cmp.Compare(newest[b], newest[a]), cmp.Compare(a, b))
	}) {
		out = append(out, *m.lanes[id])
	}
	return out, nil
}

func (m *memory) Lease(_ context.Context, lane int64, owner string, now time.Time) (*Batch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	m.turns++
	for n, k := int64(len(m.bulletins)), 0; n > 0; n, k = n-int64(k%2), k+1 {
		retry := (m.turns+k)%2 == 0 // they take turns with first attempts
		b := &memoryBatch{owner: owner, until: now.Add(LeaseFor)}
		for i, to := range m.people[lane] {
			key := rowKey{n, lane, int64(i + 1)}
			if r := m.rows[key]; r != nil && m.free(r, now) && r.Attempts > 0 == retry && len(b.keys) < m.batchSize {
				b.keys = append(b.keys, key)
				b.Deliveries = append(b.Deliveries, r.Delivery)
				b.Recipients = append(b.Recipients, to)
			}
		}
		if len(b.keys) == 0 {
			continue
		}
		m.lastBatch++
		b.ID, b.Fence, b.Lane, b.Bulletin = m.lastBatch, 1, *m.lanes[lane], n
		m.batches[b.ID] = b
		for _, key := range b.keys {
			delete(m.batches, m.rows[key].batch) // lapsed: its owner is fenced
			m.rows[key].batch = b.ID
		}
		out := b.Batch
		return &out, nil
	}
	return nil, nil
}

func (m *memory) Flush(_ context.Context, b *Batch, settled []Delivery, done bool, now time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return false, m.fail
	}
	mine := m.batches[b.ID]
	if mine == nil {
		return false, ErrFenced
	}
	m.flushes = append(m.flushes, flushed{now, len(settled), done})
	for _, d := range settled {
		r := m.rows[rowKey{d.Bulletin, d.Lane, d.Address}]
		r.Delivery = d
		r.settled++
		r.batch = 0
	}
	mine.until = now.Add(LeaseFor)
	superseded := m.superseded(b.Bulletin)
	if done {
		for _, key := range mine.keys {
			if r := m.rows[key]; r.batch == b.ID {
				r.batch = 0
			}
			m.overtake(key, m.rows[key])
		}
		delete(m.batches, b.ID)
	}
	return superseded, nil
}

func (m *memory) Issued(_ context.Context, bulletin int64) (*Issued, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	return m.bulletins[bulletin-1], nil
}

func (m *memory) Halt(_ context.Context, lane int64, until time.Time, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	l := m.lanes[lane]
	l.PausedUntil, l.Broken = until, reason
	m.halts = append(m.halts, *l)
	return nil
}

func (m *memory) Superseded(_ context.Context, b *Batch) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return false, m.fail
	}
	return m.superseded(b.Bulletin), nil
}

// fates counts the deliveries of a lane by fate.
func (m *memory) fates(lane int64) map[Fate]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[Fate]int{}
	for key, r := range m.rows {
		if key.lane == lane {
			out[r.Fate]++
		}
	}
	return out
}

// leased counts the batches that are leased.
func (m *memory) leased() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.batches)
}

// stands is how a lane stands in the ledger, and haltings every halt that was written.
func (m *memory) stands(lane int64) Lane {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.lanes[lane]
}

func (m *memory) haltings() []Lane {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.halts)
}

func (m *memory) breaks(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

var errDisk = errors.New("disk full")
