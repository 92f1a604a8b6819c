package outages

import (
	"slices"
	"time"

	"callbox/areas"
)

// memory is what the bulletins of an outage add up to.
type memory struct {
	standing  []Condition
	numbers   []areas.Number
	ways      []areas.Way
	failed    []string    // carriers
	silent    []areas.Tel // numbers found not to be answered
	noNumber  []areas.ID
	suspected bool // suspected areas are alerted too
	declared  []areas.ID
	began     time.Time
	alerted   time.Time
	told      map[areas.ID]Advice // the last word to each reader area
}

// recall folds the bulletins of an outage. Renewals repeat and add nothing.
func recall(o Outage) *memory {
	m := &memory{told: map[areas.ID]Advice{}}
	for _, b := range o.Bulletins {
		if b.Kind == Renewal {
			continue
		}
		if b.Kind == Alert {
			m.alerted = b.Issued
		}
		m.add(b.Declaration)
		for _, a := range b.Facts.Advice {
			m.told[a.Area.ID] = a
		}
	}
	return m
}

// add takes a declaration into account. What it says of an area and a service replaces all that was
// said of the two before; what it does not mention keeps its state.
func (m *memory) add(d Declaration) {
	m.standing = slices.DeleteFunc(slices.Clone(m.standing), func(old Condition) bool {
		return slices.ContainsFunc(d.Conditions, func(c Condition) bool {
			return c.Area == old.Area && c.Service == old.Service
		})
	})
	m.standing = append(m.standing, d.Conditions...)
	switch d.Kind {
	case AllClear:
		m.standing = restored(m.standing, d.Restored)
	case Retract:
		m.standing = nil
	}
	for _, c := range d.Conditions {
		if !slices.Contains(m.declared, c.Area) {
			m.declared = append(m.declared, c.Area)
		}
	}
	m.numbers = append(slices.Clip(m.numbers), d.Numbers...)
	m.ways = append(slices.Clip(m.ways), d.Ways...)
	m.failed = append(slices.Clip(m.failed), d.FailedCarriers...)
	m.silent = append(slices.Clip(m.silent), d.NotAnswering...)
	m.noNumber = append(slices.Clip(m.noNumber), d.NoNumber...)
	m.suspected = m.suspected || d.AlertSuspected
	if !d.Began.IsZero() {
		m.began = d.Began
	}
}

// restored returns the conditions with everything that failed, or was watched, restored at a time.
func restored(standing []Condition, at time.Time) []Condition {
	out := make([]Condition, 0, len(standing))
	for _, c := range standing {
		if c.over() {
			out = append(out, c)
			continue
		}
		done := Condition{Area: c.Area, Service: c.Service, State: Restored, Confidence: c.Confidence, Since: at}
		if !slices.ContainsFunc(out, done.same) {
			out = append(out, done)
		}
	}
	return out
}

// over reports whether a condition needs no further word: it works and nobody watches it.
func (c Condition) over() bool { return c.State.Works() && c.State != Watched }

// same reports whether two conditions say the same, whoever vouches for them.
func (c Condition) same(d Condition) bool {
	return c.Area == d.Area && c.Service == d.Service && c.State == d.State && c.Symptom == d.Symptom &&
		c.Since.Equal(d.Since) && c.Hit.Except == d.Hit.Except &&
		slices.Equal(c.Hit.Lines, d.Hit.Lines) && slices.Equal(c.Hit.Carriers, d.Hit.Carriers)
}

// Open reports whether an area still waits for the end of something that it was told.
func (a Advice) Open() bool {
	return slices.ContainsFunc(a.Standing, func(c Condition) bool { return !c.over() })
}

// Standing returns the conditions that hold after the outage's bulletins, in the order they were last
// stated.
func (o Outage) Standing() []Condition { return recall(o).standing }

// Open reports whether the outage was announced and not ended. Nothing but an all-clear or a
// retraction ends it, however long ago its last word was.
func (o Outage) Open() bool {
	n := len(o.Bulletins)
	return n > 0 && !o.Bulletins[n-1].Kind.Ends()
}

// Hearing is what one reader area has been told.
type Hearing struct {
	First int  // Seq of the first bulletin that spoke to it
	Last  int  // Seq of the last one
	Ended int  // Seq of the bulletin that told it the end, 0 while it waits for one
	Open  bool // it waits for the end
}

// Heard returns what every reader area that was ever spoken to has been told.
func (o Outage) Heard() map[areas.ID]Hearing {
	heard := map[areas.ID]Hearing{}
	for _, b := range o.Bulletins {
		if b.Kind == Renewal {
			continue
		}
		for _, a := range b.Facts.Advice {
			h := heard[a.Area.ID]
			if h.First == 0 {
				h.First = b.Seq
			}
			h.Last, h.Open, h.Ended = b.Seq, a.Open(), 0
			if a.Change == Ended {
				h.Ended = b.Seq
			}
			heard[a.Area.ID] = h
		}
	}
	return heard
}

// Affected returns the reader areas that wait for the end, sorted.
func (o Outage) Affected() []areas.ID {
	var ids []areas.ID
	for id, h := range o.Heard() {
		if h.Open {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
