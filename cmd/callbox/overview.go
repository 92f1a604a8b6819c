package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"callbox/internal/officials"
	"callbox/outages"
)

type subscribersOverviewCmd struct {
	Drill bool `help:"Count the drill list."`
}

// Run counts who follows which area, without a name or an address.
func (c *subscribersOverviewCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		mode := outages.Live
		if c.Drill {
			mode = outages.Drill
		}
		o, err := p.desk.Overview(e.ctx, a, mode)
		if err != nil {
			return err
		}
		e.result(o, func(w io.Writer) {
			for _, place := range o.Places {
				fmt.Fprintf(w, "%6d\t%s", place.Addresses, place.Area.FullName())
				if place.PerThousand > 0 {
					fmt.Fprintf(w, "\t%.1f of 1,000 residents", place.PerThousand)
				}
				fmt.Fprintln(w)
			}
			for _, name := range slices.Sorted(maps.Keys(o.Channels)) {
				fmt.Fprintf(w, "%6d\tby %s\n", o.Channels[name], name)
			}
			for _, lang := range slices.Sorted(maps.Keys(o.Languages)) {
				fmt.Fprintf(w, "%6d\tin %s\n", o.Languages[lang], lang)
			}
			fmt.Fprintf(w, "%6d\tunconfirmed\n%6d\tgone\n", o.Unconfirmed, o.Gone)
		})
		return nil
	})
}
