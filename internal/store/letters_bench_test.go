package store

import (
	"fmt"
	"sync/atomic"
	"testing"

	"callbox/areas"
	"callbox/channels"
	"callbox/subscribers"
)

// What the roll takes in a second while many sign up at once: a row, a letter and a commit that is on disk.
func BenchmarkSignUp(b *testing.B) {
	s := newBench(b)
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, err := s.SignUp(s.ctx, Registration{List: "live", Langs: []string{"en"}, Areas: []areas.ID{"x-a"}, Channel: channels.Email,
				Destination: subscribers.NewDestination(fmt.Sprintf("p%d@example.org", n.Add(1)))}, "confirm")
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signups/s")
}
