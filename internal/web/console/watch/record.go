package watch

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"callbox/channels"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
)

// record shows everything that was done about an outage, how long it took, and whom it reached.
func record(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	r, err := c.Desk.Record(c.Context(), c.Actor, s.Outage.ID)
	if err != nil {
		return err
	}
	type fact struct{ Name, Text string }
	type told struct {
		Title string
		Facts []fact
	}
	view := struct {
		head
		Timeline, Steps []fact
		Bulletins       []told
	}{head: headOf(c, s.Outage)}
	for _, e := range r.Timeline {
		view.Timeline = append(view.Timeline, fact{c.When(e.At), e.Says})
	}
	for _, x := range r.Steps.Took() {
		view.Steps = append(view.Steps, fact{x.Step, account.Took(x.Took)})
	}
	for _, b := range r.Bulletins {
		t := told{fmt.Sprintf("Bulletin %d, %s", b.Seq, b.Kind), []fact{{"Submitted by", b.Submitter}, {"Approved by", b.Approver}}}
		if b.BreakGlass != "" {
			t.Facts = append(t.Facts, fact{"Sent alone, because", b.BreakGlass})
		}
		for _, name := range slices.Sorted(maps.Keys(b.Totals)) {
			t.Facts = append(t.Facts, fact{names[channels.Name(name)], sum(b.Totals[name])})
		}
		view.Bulletins = append(view.Bulletins, t)
	}
	return c.Show(http.StatusOK, "watch-record", "Record: "+view.Title, view)
}

// table is the record for spreadsheets.
func table(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	r, err := c.Desk.Record(c.Context(), c.Actor, s.Outage.ID)
	if err != nil {
		return err
	}
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", s.Outage.ID+".csv"))
	return r.WriteCSV(c.ResponseWriter)
}
