package outages

import "slices"

// Finding is what a check has to say to an official, before anybody is told anything.
type Finding struct {
	Rule  string `json:"rule"`            // its short name: "no-number"
	Block bool   `json:"block,omitempty"` // nothing is submitted while it stands
	Place string `json:"place,omitempty"` // where: a field of the declaration, an area, a text
	Text  string `json:"text"`            // what is wrong and what would be right
}

// Findings are the results of a check, in the order they were found.
type Findings []Finding

// Blocked reports whether one of the findings blocks.
func (f Findings) Blocked() bool {
	return slices.ContainsFunc(f, func(x Finding) bool { return x.Block })
}

func (f *Findings) block(rule, place, text string) {
	*f = append(*f, Finding{Rule: rule, Block: true, Place: place, Text: text})
}

func (f *Findings) warn(rule, place, text string) {
	*f = append(*f, Finding{Rule: rule, Place: place, Text: text})
}
