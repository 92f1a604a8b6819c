package templates

// Paragraphs returns the text as plain paragraphs, as a mail has them: the opening, one for each part,
// the closing.
func (t Text) Paragraphs() []string {
	var out []string
	for _, clauses := range t.blocks() {
		if s := join(clauses); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (t Text) blocks() [][]Clause {
	blocks := [][]Clause{t.Opening}
	for _, p := range t.Parts {
		blocks = append(blocks, p.Clauses)
	}
	return append(blocks, t.Closing)
}
