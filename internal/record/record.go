// Package record makes the record that is left of an outage when it is over: what happened in sentences,
// what was said, whom it reached, and how long each step took, beside outages of the past.
//
// It is pure: the desk gathers what it is made of, and surfaces show it.
package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"callbox/channels/cap"
	"callbox/internal/officials"
	"callbox/internal/proofs"
	"callbox/internal/store"
	"callbox/outages"
)

// Record is the record of one outage.
type Record struct {
	Outage    string       `json:"outage"`
	Mode      outages.Mode `json:"mode"`
	Agency    string       `json:"agency"` // its name
	Zone      string       `json:"zone"`   // IANA time zone in which people read it
	Areas     []string     `json:"areas"`  // that it was about, by name
	Timeline  []Event      `json:"timeline"`
	Bulletins []Bulletin   `json:"bulletins"`
	Steps     Steps        `json:"steps"`
	Past      []PastOutage `json:"past"` // to compare with
	Made      time.Time    `json:"made"`
}

// Event is one line of the timeline.
type Event struct {
	At   time.Time `json:"at"`
	Says string    `json:"says"` // a whole sentence: "Ada Adams submitted bulletin 1."
}

// Bulletin is one of the outage's bulletins with its figures.
type Bulletin struct {
	Seq        int                     `json:"seq"`
	Kind       outages.Kind            `json:"kind"`
	Issued     time.Time               `json:"issued"`
	Submitter  string                  `json:"submitter"`
	Approver   string                  `json:"approver,omitempty"`
	BreakGlass string                  `json:"break_glass,omitempty"` // the reason why one person sent it alone
	Hash       string                  `json:"hash,omitempty"`        // of facts and texts, as approved
	Texts      []Text                  `json:"texts"`
	Totals     map[string]store.Totals `json:"totals"` // by channel
	Reached    []Reached               `json:"reached,omitempty"`

	Sent      []proofs.Proof `json:"sent,omitempty"`      // what each channel carried
	Documents []Document     `json:"documents,omitempty"` // that the feed published
}

// Document is one CAP document of the feed, named as there.
type Document struct {
	Identifier string    `json:"identifier"`
	Sent       time.Time `json:"sent"`
	Expires    time.Time `json:"expires"`
}

// Text is what the readers of an area were told.
type Text struct {
	Area string `json:"area"`
	Lang string `json:"lang"`
	Says string `json:"says"`
}

// Reached is when so many percent of the people had been handed their message; zero where they were not.
type Reached struct {
	Percent int       `json:"percent"`
	At      time.Time `json:"at,omitzero"`
}

// Steps are the moments between a failure and the first true word of it. What did not happen is zero.
type Steps struct {
	Began     time.Time `json:"began,omitzero"` // of the outage, as the agency stated it
	Drafted   time.Time `json:"drafted,omitzero"`
	Submitted time.Time `json:"submitted,omitzero"`
	Approved  time.Time `json:"approved,omitzero"`
	Issued    time.Time `json:"issued,omitzero"`
	Most      time.Time `json:"most,omitzero"` // nine of ten people had been handed it
	Ended     time.Time `json:"ended,omitzero"`
}

// Took is how long one step took.
type Took struct {
	Step string        `json:"step"`
	Took time.Duration `json:"took"`
}

// Took lists the steps that were made, in their order.
func (s Steps) Took() []Took {
	var out []Took
	for _, x := range []struct {
		name     string
		from, to time.Time
	}{
		{"from the failure to the first draft", s.Began, s.Drafted},
		{"from the first draft to its submission", s.Drafted, s.Submitted},
		{"from submission to approval", s.Submitted, s.Approved},
		{"from approval to issue, with the undo window", s.Approved, s.Issued},
		{"from issue to nine of ten people", s.Issued, s.Most},
		{"from the failure to the first word", s.Began, s.Issued},
		{"from the first draft to nine of ten people", s.Drafted, s.Most},
		{"from the failure to its end", s.Began, s.Ended},
	} {
		if !x.from.IsZero() && !x.to.IsZero() {
			// An approval is written to the second, the trail more finely: without cutting both it would come first.
			out = append(out, Took{x.name, x.to.Truncate(time.Second).Sub(x.from.Truncate(time.Second))})
		}
	}
	return out
}

// Source is what a record is made of.
type Source struct {
	Outage  outages.Outage
	Texts   map[int]store.Texts // by bulletin
	Figures []store.Figure      // by bulletin and channel
	Reached map[int][]Reached   // by bulletin
	Drafts  []store.Draft       // of the outage, in whatever state
	Entries []officials.Entry   // of the audit trail, oldest first; others' are left out
	Names   map[string]string   // of people, by how they stand in the trail

	Sent      map[int][]proofs.Proof // by bulletin; empty leaves it out
	Documents []cap.Document         // of the outage
}

// Make makes a record.
func Make(s Source, now time.Time) Record {
	r := Record{Outage: s.Outage.ID, Mode: s.Outage.Mode, Agency: s.Outage.Speaker.Name, Zone: s.Outage.Speaker.Zone,
		Timeline: s.timeline(), Past: Past, Made: now.UTC().Truncate(time.Second)}
	for _, b := range s.Outage.Bulletins {
		for _, a := range b.Facts.Scope {
			if !slices.Contains(r.Areas, a.FullName()) {
				r.Areas = append(r.Areas, a.FullName())
			}
		}
		if b.Kind != outages.Renewal { // it repeats, and nobody but the feed hears it
			r.Bulletins = append(r.Bulletins, s.bulletin(b))
		}
	}
	r.Steps = s.steps(r.Bulletins)
	return r
}

func (s Source) bulletin(b outages.Bulletin) Bulletin {
	out := Bulletin{Seq: b.Seq, Kind: b.Kind, Issued: b.Issued, Submitter: s.name(b.Submitter), Hash: b.Approval.Hash,
		Totals: map[string]store.Totals{}, Reached: s.Reached[b.Seq], Sent: s.Sent[b.Seq]}
	for _, x := range s.Documents {
		if x.Seq == b.Seq {
			out.Documents = append(out.Documents, Document{x.Identifier, x.Sent, x.Expires})
		}
	}
	if b.Approval.By != "" {
		out.Approver = s.name(b.Approval.By)
	}
	if b.Approval.BreakGlass {
		out.BreakGlass = b.Approval.Reason
	}
	for _, text := range s.Texts[b.Seq].Areas {
		out.Texts = append(out.Texts, Text{Area: text.Parts[0].Name, Lang: string(text.Lang), Says: strings.Join(text.Paragraphs(), "\n")})
	}
	for _, f := range s.Figures {
		if f.Seq == b.Seq {
			out.Totals[string(f.Channel)] = out.Totals[string(f.Channel)].Plus(f.Totals)
		}
	}
	return out
}

// steps takes the moments of the first bulletin from the trail.
func (s Source) steps(bulletins []Bulletin) Steps {
	var out Steps
	if len(bulletins) == 0 {
		return out
	}
	first := s.Outage.Bulletins[0]
	out.Began, out.Issued, out.Approved = first.Facts.Began, first.Issued, first.Approval.At
	for _, d := range s.Drafts {
		if d.Seq != first.Seq {
			continue
		}
		for _, e := range s.Entries {
			switch {
			case e.Object != d.ID:
			case out.Drafted.IsZero() && (e.Action == "draft.declare" || e.Action == "draft.notice"):
				out.Drafted = e.At
			case e.Action == "draft.submit":
				out.Submitted = e.At // the last one: what was approved
			}
		}
	}
	for _, x := range bulletins[0].Reached {
		if x.Percent == 90 {
			out.Most = x.At
		}
	}
	if last := bulletins[len(bulletins)-1]; last.Kind.Ends() {
		out.Ended = last.Issued
	}
	return out
}

func (s Source) name(actor string) string {
	if name := s.Names[actor]; name != "" {
		return name
	}
	return actor
}

// deeds words what people and the system did to a draft: %[1]s is who, %[2]d the bulletin, %[3]s what they
// said of it.
var deeds = map[string]string{
	"draft.declare":     "%[1]s drafted bulletin %[2]d.",
	"draft.notice":      "%[1]s took in a carrier's notice as a draft of bulletin %[2]d.",
	"draft.revise":      "%[1]s changed the draft of bulletin %[2]d.",
	"draft.submit":      "%[1]s submitted bulletin %[2]d.",
	"draft.approve":     "%[1]s approved bulletin %[2]d.",
	"draft.break-glass": "%[1]s sent bulletin %[2]d alone.",
	"draft.withdraw":    "%[1]s took bulletin %[2]d back; it %[3]s.",
	"draft.returned":    "%[1]s returned bulletin %[2]d for changes: %[3]s.",
	"draft.rejected":    "%[1]s rejected bulletin %[2]d: %[3]s.",
	"draft.remind":      "%[1]s reminded the approvers of bulletin %[2]d.",
	"draft.refused":     "Bulletin %[2]d could not be issued and went back: %[3]s.",
}

// timeline words the trail's entries about the outage and its drafts, with the bulletins among them.
func (s Source) timeline() []Event {
	drafts := map[string]store.Draft{}
	for _, d := range s.Drafts {
		drafts[d.ID] = d
	}
	var out []Event
	for _, e := range s.Entries {
		draft, of := drafts[e.Object]
		form := deeds[e.Action]
		switch {
		case of && form != "":
			out = append(out, Event{e.At, sentence(form, s.name(e.Actor), draft.Seq, e.Detail)})
		case of && strings.HasSuffix(e.Action, ".refused"):
			out = append(out, Event{e.At, fmt.Sprintf("%s was refused bulletin %d: %s.", s.name(e.Actor), draft.Seq, e.Detail)})
		case e.Action == "outage.stop" && e.Object == s.Outage.ID:
			out = append(out, Event{e.At, s.name(e.Actor) + " stopped the sending."})
		}
	}
	if all := s.Outage.Bulletins; len(all) > 0 && !all[0].Facts.Began.IsZero() {
		out = append(out, Event{all[0].Facts.Began, "911 began to fail, as the agency stated it."})
	}
	for _, b := range s.Outage.Bulletins {
		if b.Kind != outages.Renewal {
			out = append(out, Event{b.Issued, fmt.Sprintf("Bulletin %d was issued: %s.", b.Seq, b.Kind)})
		}
		for _, x := range s.Reached[b.Seq] {
			if !x.At.IsZero() {
				out = append(out, Event{x.At, fmt.Sprintf("%d %% of the people had been handed bulletin %d.", x.Percent, b.Seq)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	return out
}

// sentence fills a form in, without the marks that some of them do not need.
func sentence(form, who string, seq int, said string) string {
	said = strings.TrimRight(said, ".")
	if !strings.Contains(form, "%[3]s") {
		return fmt.Sprintf(form, who, seq)
	}
	if !strings.Contains(form, "%[1]s") {
		return fmt.Sprintf(strings.NewReplacer("%[2]d", "%[1]d", "%[3]s", "%[2]s").Replace(form), seq, said)
	}
	return fmt.Sprintf(form, who, seq, said)
}
