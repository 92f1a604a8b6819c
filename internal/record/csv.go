package record

import (
	"cmp"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WriteCSV writes the record as one table: a row for each event, step and figure. Times are RFC 3339 in
// UTC. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
func (r Record) WriteCSV(w io.Writer) error {
	rows := [][]string{{"section", "time", "bulletin", "what", "value"}}
	for _, e := range r.Timeline {
		rows = append(rows, []string{"timeline", stamp(e.At), "", e.Says, ""})
	}
	for _, s := range r.Steps.Took() {
		rows = append(rows, []string{"steps", "", "", s.Step, strconv.Itoa(int(s.Took.Seconds())) + " s"})
	}
	for _, b := range r.Bulletins {
		for _, channel := range slices.Sorted(maps.Keys(b.Totals)) {
			t := b.Totals[channel]
			for _, f := range []struct {
				what string
				n    int
			}{{"targeted", t.Targeted}, {"waiting", t.Waiting}, {"accepted", t.Accepted}, {"refused", t.Refused}, {"gone", t.Gone},
				{"expired", t.Expired}, {"overtaken", t.Overtaken}, {"stopped", t.Stopped}, {"uncertain", t.Uncertain}} {
				rows = append(rows, []string{"figures", stamp(b.Issued), strconv.Itoa(b.Seq), channel + " " + f.what, strconv.Itoa(f.n)})
			}
		}
	}
	for _, p := range r.Past {
		rows = append(rows, []string{"past", p.Date, "", p.Name, minutes(cmp.Or(p.Local, p.Wide))})
	}
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func minutes(n int) string { return strconv.Itoa(n) + " min to the first word" }

// harmless keeps a spreadsheet from computing what somebody typed.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
