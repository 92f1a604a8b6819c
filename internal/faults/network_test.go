//go:build faults

package faults

import (
	"fmt"

	"callbox/channels"
)

// fault is one way in which the world fails, and what it may cost.
type fault struct {
	name    string
	channel channels.Name // that suffers; the others must not
	set     func(*room)   // before the program starts; may be nil
	lift    func(*room)   // nil if it ends by itself, or need not end
	named   bool          // the far side has a name and a certificate: see gate
	silent  bool          // nothing goes wrong that an official would want to know of
	toll    toll
	// uncertain says that a post may have been made, or not, and nobody can be asked.
	uncertain bool
	repeats   int // that a far side may see, of mails and pushes
}

// network are faults of the connection to each far side.
func network() (out []fault) {
	for _, c := range []channels.Name{channels.Email, channels.Push, channels.Discord, channels.Mastodon} {
		cure := func(r *room) { r.far.proxies[c].Toxics.ResetToxics(r.Context()) }
		poison := func(kind, stream string, attributes map[string]int) func(*room) {
			return func(r *room) { r.ok(r.far.poison(c, kind, stream, attributes)) }
		}
		doubt := c == channels.Discord // its answer is lost, and it cannot be asked
		for _, f := range []fault{
			{name: "refuses connections", set: func(r *room) { r.far.proxies[c].Stop() },
				lift: func(r *room) { r.ok(r.far.proxies[c].Start()) }},
			{name: "resets connections", set: poison("reset_peer", "downstream", map[string]int{"timeout": 0}), lift: cure, uncertain: doubt},
			{name: "resets connections in the middle", set: poison("limit_data", "upstream", map[string]int{"bytes": 300}), lift: cure, uncertain: doubt},
			{name: "is half open", set: poison("timeout", "downstream", map[string]int{"timeout": 0}), lift: cure, uncertain: doubt},
			{name: "truncates its answers", set: poison("limit_data", "downstream", map[string]int{"bytes": 30}), lift: cure, uncertain: doubt},
			{name: "is far away (0.7 s)", set: poison("latency", "downstream", map[string]int{"latency": 700}), silent: true},
			{name: "answers slowly", set: poison("slicer", "downstream", map[string]int{"average_size": 16, "size_variation": 8, "delay": 20_000}), silent: true},
		} {
			f.name, f.channel, f.repeats = fmt.Sprintf("%s %s", c, f.name), c, 20*people
			out = append(out, f)
		}
	}
	return out
}
