package dispatch

import "golang.org/x/time/rate"

// Share says by how many processes every rate limit is divided, so that it holds for all of them together.
// Attempts that wait for their turn already keep it.
func (s *Sender) Share(processes int) { s.processes.Store(int64(max(processes, 1))) }

// share divides the limits anew when the number of processes has changed.
func (s *Sender) share() {
	n := max(s.processes.Load(), 1)
	if n == s.shared {
		return
	}
	s.shared = n
	for key, l := range s.limiters {
		l.SetLimit(s.portion(s.opts.lane(key.channel)))
	}
}

// portion is this process's part of a channel's rate.
func (s *Sender) portion(o LaneOptions) rate.Limit {
	return rate.Limit(o.Rate / float64(max(s.shared, 1)))
}
