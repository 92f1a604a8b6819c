package dispatch

import "sync"

// turns keeps one attempt at a time in flight to an address: of two, the far side could take the older
// bulletin last, and the reader would be left with it. The zero value works.
type turns struct {
	mu      sync.Mutex
	waiting map[int64][]job // by the addresses that are being served
}

// take reports whether a job may be served now. If not, it waits for whoever serves its address, who gets
// it from next; the hand that brought it is free.
func (t *turns) take(j job) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == nil {
		t.waiting = map[int64][]job{}
	}
	address := j.load.Deliveries[j.index].Address
	waiting, busy := t.waiting[address]
	if busy {
		waiting = append(waiting, j)
	}
	t.waiting[address] = waiting
	return !busy
}

// next ends the turn of a job, and returns what waited for that, if anything.
func (t *turns) next(served job) (j job, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	address := served.load.Deliveries[served.index].Address
	waiting := t.waiting[address]
	if len(waiting) == 0 {
		delete(t.waiting, address)
		return job{}, false
	}
	t.waiting[address] = waiting[1:]
	return waiting[0], true
}
