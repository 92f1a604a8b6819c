package watch

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/record"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
	"callbox/templates"
)

// recordView is everything that was done about an outage, how long it took, what was said, and whom it
// reached.
type recordView struct {
	head
	Agency, Made    string
	Timeline, Steps []fact
	Bulletins       []told
	Past            []record.PastOutage
}

type fact struct{ Name, Text string }

// told is one bulletin of the record.
type told struct {
	Title, Sent string // its name, and where it is shown as each channel sent it
	Facts       []fact
	Documents   []fact // of the feed: identifier, and where its bytes are
	Texts       []spoken
	More        string // how many areas are not shown
}

// spoken is what the readers of one area were told, in one language.
type spoken struct {
	Lang        templates.Lang
	Title, Says string
}

// areasTold is how many areas the record shows the texts of: the others differ in numbers and names alone.
const areasTold = 6

// recordPage shows the record.
func recordPage(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	r, err := c.Desk.RecordInFull(c.Context(), c.Actor, s.Outage.ID)
	if err != nil {
		return err
	}
	view := recordView{head: headOf(c, s.Outage), Agency: r.Agency, Made: r.Made.In(c.Zone()).Format("January 2, 2006, 3:04 PM MST"), Past: r.Past}
	for _, e := range r.Timeline {
		view.Timeline = append(view.Timeline, fact{c.When(e.At), e.Says})
	}
	for _, x := range r.Steps.Took() {
		view.Steps = append(view.Steps, fact{account.Sentence(x.Step), account.Took(x.Took)})
	}
	for _, b := range r.Bulletins {
		view.Bulletins = append(view.Bulletins, toldOf(c, r.Outage, b))
	}
	return c.Show(http.StatusOK, "watch-record", "Record: "+view.Title, view)
}

func toldOf(c *frame.Call, outage string, b record.Bulletin) told {
	t := told{Title: fmt.Sprintf("Bulletin %d, %s", b.Seq, b.Kind), Sent: at(c, outage, "/record/"+strconv.Itoa(b.Seq)),
		Facts: []fact{{"Issued", c.When(b.Issued)}, {"Submitted by", b.Submitter}, {"Approved by", b.Approver}}}
	if b.BreakGlass != "" {
		t.Facts = append(t.Facts, fact{"Sent alone, because", b.BreakGlass})
	}
	for _, name := range slices.Sorted(maps.Keys(b.Totals)) {
		t.Facts = append(t.Facts, fact{names[channels.Name(name)], sum(b.Totals[name])})
	}
	for _, x := range b.Documents {
		t.Documents = append(t.Documents, fact{x.Identifier, at(c, outage, "/cap/"+x.Identifier)})
	}
	areas := map[string]bool{}
	for _, text := range b.Texts {
		areas[text.Area] = true
		if len(areas) <= areasTold {
			t.Texts = append(t.Texts, spoken{templates.Lang(text.Lang), text.Area + ", in " + words.Language(templates.Lang(text.Lang)), text.Says})
		}
	}
	if more := len(areas) - areasTold; more > 0 {
		t.More = account.Count(more)
	}
	return t
}

// sent shows one bulletin as each channel sent it.
func sent(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	seq, err := strconv.Atoi(c.PathValue("seq"))
	if err != nil {
		return fmt.Errorf("bulletin %q: %w", c.PathValue("seq"), desk.ErrNotFound)
	}
	list, err := c.Desk.Sent(c.Context(), c.Actor, s.Outage.ID, seq)
	if err != nil {
		return err
	}
	view := struct {
		head
		Seq    int
		Record string
		Words  words.View
	}{headOf(c, s.Outage), seq, at(c, s.Outage.ID, "/record"), words.Of(c, desk.Draft{}, list)}
	return c.Show(http.StatusOK, "watch-sent", fmt.Sprintf("Bulletin %d as it was sent", seq), view)
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
	handOut(c, "text/csv; charset=utf-8", s.Outage.ID+".csv")
	return r.WriteCSV(c.ResponseWriter)
}

// whole is the record for programs, with every text as it was sent.
func whole(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	r, err := c.Desk.RecordInFull(c.Context(), c.Actor, s.Outage.ID)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	handOut(c, "application/json", s.Outage.ID+".json")
	_, err = c.ResponseWriter.Write(data)
	return err
}

// document is a document of the feed, byte for byte as it was published.
func document(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	x, err := c.Desk.Document(c.Context(), c.Actor, s.Outage.ID, c.PathValue("identifier"))
	if err != nil {
		return err
	}
	handOut(c, "application/cap+xml", x.Identifier+".xml")
	_, err = c.ResponseWriter.Write(x.XML)
	return err
}

// handOut makes the answer a file to keep.
func handOut(c *frame.Call, kind, name string) {
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}
