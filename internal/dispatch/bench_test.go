package dispatch

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/templates"
)

// faucet is a ledger that costs nothing: it leases n deliveries in full batches and forgets the results.
type faucet struct {
	issued  *Issued
	batch   Batch
	left    atomic.Int64
	flushed atomic.Int64
	done    chan struct{}
	total   int64
}

func (f *faucet) Lanes(context.Context, time.Time) ([]Lane, error) {
	return []Lane{{ID: 1, List: liveList, Channel: channels.Push}}, nil
}

func (f *faucet) Lease(context.Context, int64, string, time.Time) (*Batch, error) {
	n := int64(len(f.batch.Deliveries))
	if f.left.Add(-n) < 0 {
		return nil, nil
	}
	b := f.batch
	return &b, nil
}

func (f *faucet) Flush(_ context.Context, _ *Batch, settled []Delivery, _ bool, _ time.Time) (bool, error) {
	if f.flushed.Add(int64(len(settled))) == f.total {
		close(f.done)
	}
	return false, nil
}

func (f *faucet) Issued(context.Context, int64) (*Issued, error)       { return f.issued, nil }
func (f *faucet) Halt(context.Context, int64, time.Time, string) error { return nil }
func (f *faucet) Superseded(context.Context, *Batch) (bool, error)     { return false, nil }

type nowhere struct{}

func (nowhere) Send(context.Context, channels.Message) (channels.Receipt, error) { return nil, nil }

// What the sender itself costs for each delivery: leasing, handing out, building the message, the mode
// wrapper, settling.
func BenchmarkSender(b *testing.B) {
	const size = 500
	f := &faucet{done: make(chan struct{}), batch: Batch{Lane: Lane{ID: 1, List: liveList, Channel: channels.Push}, Bulletin: 1}}
	f.issued = &Issued{ID: 1, Bulletin: bulletin("o", 1),
		Texts: map[areas.ID]map[templates.Lang]templates.Text{"09003": {"en": textOf("live", "Hartford")}}}
	f.issued.Bulletin.Declaration.Mode = f.issued.Bulletin.Mode
	for i := range size {
		f.batch.Deliveries = append(f.batch.Deliveries, Delivery{Bulletin: 1, Lane: 1, Set: 1, Address: int64(i)})
		f.batch.Recipients = append(f.batch.Recipients, Recipient{Destination: "d", Langs: []templates.Lang{"en"}, Areas: []areas.ID{"09003"}})
	}
	f.total = int64((b.N + size - 1) / size * size)
	f.left.Store(f.total)
	b.ReportAllocs()
	b.ResetTimer()
	stop := run(b, NewSender(f, map[channels.Name]channels.Channel{channels.Push: nowhere{}}, Options{}))
	<-f.done
	b.StopTimer()
	stop()
}
