package subscribers

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"callbox/areas"
)

// Columns are the columns of a subscribers file, one line for each address:
//
//	channel         "email"
//	destination     where to send it, as the channel takes it
//	places          ZIP codes, each with the chosen area where there is one: "06107 77494@48157"
//	langs           languages, best first; empty means the default
//	list            live or drill; empty means live
//	tests           yes to hear test bulletins too
//	state           active, paused or unconfirmed; empty means active
//	consent_source  where consent was given
//	consent_date    when: 2026-03-31, or with a time as in RFC 3339
//	consent_text    the version of the words that were agreed to
//
// places and langs are lists, separated by spaces or semicolons. Whoever has no consent source or date is
// unconfirmed, whatever state says, and gets the confirmation mail.
var Columns = areas.Columns{
	Required: []string{"channel", "destination", "places"},
	Optional: []string{"langs", "list", "tests", "state", "consent_source", "consent_date", "consent_text"},
}

// Line is one line of a subscribers file.
type Line struct {
	Subscriber Subscriber
	Address    Address
}

// maxSource bounds the source of a consent in bytes.
const maxSource = 100

// Read goes twice through a subscribers file ([Columns]): it checks every line, and only when all are
// good it yields them one by one, so that a file of any length needs little memory (some 50 bytes a line,
// to find repeats). Its error is an [areas.Report] of every bad line, which shows no destination, that of
// the file, or that of yield, which ends it; who writes the lines down undoes them then.
func Read(file io.ReadSeeker, rules Rules, now time.Time, yield func(Line) error) error {
	in := reader{rules: rules, now: now, seed: maphash.MakeSeed(), seen: map[uint64]int{}}
	if err := in.pass(file, func(areas.Row, Line) error { return nil }); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the file again: %w", err)
	}
	clear(in.seen)
	return in.pass(file, func(row areas.Row, line Line) error {
		if err := yield(line); err != nil {
			return fmt.Errorf("line %d: %w", row.Line(), err)
		}
		return nil
	})
}

type reader struct {
	rules Rules
	now   time.Time
	seed  maphash.Seed
	seen  map[uint64]int // the line of each destination, by its hash
}

func (in *reader) pass(file io.Reader, visit func(areas.Row, Line) error) error {
	sheet, err := areas.NewSheet(file, Columns)
	if err != nil {
		return err
	}
	for row := range sheet.Rows() {
		if line, ok := in.line(row); ok {
			if err := visit(row, line); err != nil {
				return err
			}
		}
	}
	return sheet.Err()
}

func (in *reader) line(row areas.Row) (Line, bool) {
	ok := true
	bad := func(column, format string, args ...any) {
		row.Bad(column, format, args...)
		ok = false
	}
	sub, addr, err := in.rules.Accept(SignUp{
		Channel: row.Cell("channel"), Destination: row.Cell("destination"),
		Places: places(row.List("places")), Langs: row.List("langs"), List: List(row.Cell("list")),
	})
	if fields, is := errors.AsType[FieldErrors](err); is {
		for _, f := range fields {
			bad(f.Field, "%s", f.Problem)
		}
	}
	sub.Consent = in.consent(row, bad)
	switch row.Cell("tests") {
	case "yes":
		sub.WantsTests = true
	case "", "no":
	default:
		bad("tests", "yes, no or empty")
	}
	switch state := State(row.Cell("state")); state {
	case "", Active, Paused, Unconfirmed:
		addr.State = cmp.Or(state, Active)
	default:
		bad("state", "%s, %s, %s or empty", Active, Paused, Unconfirmed)
	}
	if !sub.Consent.Given() {
		addr.State = Unconfirmed
	}
	if ok {
		if first, twice := in.repeat(row.Line(), addr); twice {
			bad("destination", "stands in line %d already", first)
		}
	}
	return Line{sub, addr}, ok
}

func places(texts []string) []areas.Place {
	var out []areas.Place
	for _, text := range texts {
		zip, area, _ := strings.Cut(text, "@")
		out = append(out, areas.Place{ZIP: areas.ZIP(zip), Area: areas.ID(area)})
	}
	return out
}

// consent reads the proof of consent; half a proof is none.
func (in *reader) consent(row areas.Row, bad func(column, format string, args ...any)) Consent {
	c := Consent{Source: row.Cell("consent_source"), TextVersion: row.Cell("consent_text")}
	if len(c.Source) > maxSource || len(c.TextVersion) > maxSource {
		bad("consent_source", "more than %d letters", maxSource)
	}
	text := row.Cell("consent_date")
	if text == "" {
		return c
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	switch {
	case err != nil:
		bad("consent_date", "neither a date such as 2026-03-31 nor a time such as 2026-03-31T14:05:00-04:00")
	case at.After(in.now):
		bad("consent_date", "lies in the future")
	}
	c.At = at.UTC()
	return c
}

// repeat tells the line that had the same destination before. It keeps hashes: two of a million
// destinations share one in fewer than one of thirty million files.
func (in *reader) repeat(line int, a Address) (first int, twice bool) {
	hash := maphash.String(in.seed, a.Channel+"\x00"+canonical(a.Channel, a.Destination))
	if first, twice = in.seen[hash]; !twice {
		in.seen[hash] = line
	}
	return first, twice
}

// Write writes a subscribers file, and with it addresses in plain: it is for the reader's own export and
// for moving house. Addresses that are gone or left are not written. It stops at the first error of the
// lines.
func Write(w io.Writer, lines iter.Seq2[Line, error]) error {
	sheet := areas.NewSheetWriter(w, Columns)
	for line, err := range lines {
		if err != nil {
			return errors.Join(err, sheet.Flush())
		}
		s, a := line.Subscriber, line.Address
		if !slices.Contains([]State{Active, Paused, Unconfirmed}, a.State) {
			continue
		}
		tests := ""
		if s.WantsTests {
			tests = "yes"
		}
		sheet.Write(a.Channel, a.Destination.Reveal(), placeList(s.Places), strings.Join(s.Langs, " "), string(s.List),
			tests, string(a.State), s.Consent.Source, date(s.Consent.At), s.Consent.TextVersion)
	}
	return sheet.Flush()
}

func placeList(places []areas.Place) string {
	var texts []string
	for _, p := range places {
		text := string(p.ZIP)
		if p.Area != "" {
			text += "@" + string(p.Area)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}

func date(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
