package acceptance_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/templates"
)

// broken is a draft that breaks a rule, whether typed on the screens or come by a file, the API or a notice.
type broken struct {
	rule, place string // place as the finding begins
	what        func(*outages.Declaration)
	words       templates.Edits // that somebody published
	before      func(*stage)    // what holds before it
	outage      string          // a bulletin of one that is open: its mode
}

// sound is a declaration that breaks no blocking rule.
const sound = `{"kind": "alert", "mode": "live", "began": "11:49", "next_update": "13:30", "conditions": [
	{"area": "CT/Westport", "voice": "down", "hit": {"lines": "landline"}, "text": "working"}]}`

func english(key, phrase string) templates.Edits {
	return templates.Edits{templates.English: {key: phrase}}
}

func cause(text string) func(*outages.Declaration) {
	return func(d *outages.Declaration) { d.Cause = &outages.Cause{Text: text, StatedBy: "the carrier"} }
}

func number(change func(*areas.Number)) func(*outages.Declaration) {
	return func(d *outages.Declaration) {
		n := areas.Number{Area: "x-westport", For: areas.Fire, Tel: "+12035550199", Temporary: true}
		change(&n)
		d.Numbers = []areas.Number{n}
	}
}

// condition adds a condition of mobile phones.
func condition(area areas.ID, change func(*outages.Condition)) func(*outages.Declaration) {
	return func(d *outages.Declaration) {
		c := outages.Condition{Area: area, Service: outages.Voice, State: outages.Down, Hit: outages.Hit{Lines: []outages.Line{outages.Wireless}}}
		if change != nil {
			change(&c)
		}
		d.Conditions = append(d.Conditions, c)
	}
}

// silent hides every number of an area, as two calls do that nobody answers.
func silent(id areas.ID) func(*stage) {
	return func(s *stage) {
		book, err := s.Book(s.T.Context())
		s.OK(err)
		for _, n := range book.Numbers(id) {
			for range 2 {
				_, err := s.ConfirmNumber(s.T.Context(), s.Ada, n, false)
				s.OK(err)
			}
		}
	}
}

var late = time.Date(2024, 10, 23, 12, 0, 0, 0, time.UTC) // after the tests' today

// stops are the rules that block.
var stops = []broken{
	{rule: "no-area", place: "conditions", what: func(d *outages.Declaration) { d.Conditions = nil }},
	{rule: "no-area", place: "conditions[2]", what: condition("", nil)},
	{rule: "unknown-area", place: "conditions[2]", what: condition("x-nowhere", nil)},
	{rule: "foreign-area", place: "conditions[2]", what: condition("25", nil)},
	{rule: "contradiction", place: "conditions[2]", what: condition("x-westport", func(c *outages.Condition) { c.State, c.Hit = outages.Working, outages.Hit{} })},
	{rule: "since", place: "conditions[2].since", what: condition("x-westport", func(c *outages.Condition) { c.Since = late })},
	{rule: "no-number", place: "no_number", before: silent("x-berlin"), what: func(d *outages.Declaration) {
		condition("x-berlin", func(c *outages.Condition) { c.Hit = outages.Hit{} })(d)
		d.Conditions = d.Conditions[2:]
	}},
	{rule: "number-911", place: "numbers[0].tel", what: number(func(n *areas.Number) { n.Tel = "911" })},
	{rule: "number", place: "numbers[0].tel", what: number(func(n *areas.Number) { n.Tel = "+12035" })},
	{rule: "number-until", place: "numbers[0].until", what: number(func(n *areas.Number) { n.Until = time.Date(2024, 10, 22, 17, 0, 0, 0, time.UTC) })},
	{rule: "number-elsewhere", place: "numbers[0].area", what: number(func(n *areas.Number) { n.Area = "x-berlin" })},
	{rule: "unknown-area", place: "numbers[0].area", what: number(func(n *areas.Number) { n.Area = "x-nowhere" })},
	{rule: "no-start", place: "began", what: func(d *outages.Declaration) { d.Began = time.Time{} }},
	{rule: "began", place: "began", what: func(d *outages.Declaration) { d.Began = late }},
	{rule: "no-next-update", place: "next_update", what: func(d *outages.Declaration) { d.NextUpdate = time.Time{} }},
	{rule: "next-update", place: "next_update", what: func(d *outages.Declaration) { d.NextUpdate = d.Began }},
	{rule: "next-update", place: "next_update", what: func(d *outages.Declaration) { d.NextUpdate = late.Add(48 * time.Hour) }},
	{rule: "restored", place: "restored", what: func(d *outages.Declaration) { d.Restored = d.Began }},
	{rule: "cause", place: "cause", what: func(d *outages.Declaration) { d.Cause = &outages.Cause{Text: "a cut cable"} }},
	{rule: "elsewhere", place: "elsewhere", what: func(d *outages.Declaration) { d.Elsewhere = []areas.ID{"x-berlin"} }},
	{rule: "not-a-drill", place: "en,", what: cause("this is not a drill")},
	{rule: "not-a-drill", place: "en,", what: cause("no es un simulacro")},
	{rule: "nationwide", place: "cause.text", what: cause("a nationwide failure")},
	{rule: "nationwide", place: "cause.stated_by", what: func(d *outages.Declaration) {
		d.Cause = &outages.Cause{Text: "a cut", StatedBy: "the nation-wide carrier"}
	}},
	{rule: "statewide", place: "cause.text", what: cause("a statewide failure")},
	{rule: "link", place: "cause.text", what: cause("see https://example.org")},
	{rule: "link", place: "ways[0].where", what: func(d *outages.Declaration) {
		d.Ways = []areas.Way{{Area: "x-westport", Kind: areas.Station, Where: "www.example.org"}}
	}},
	{rule: "control", place: "numbers[0].label", what: number(func(n *areas.Number) { n.Label = "Fire\r\nBcc: somebody@example.org" })},
	{rule: "control", place: "numbers[0].hours", what: number(func(n *areas.Number) { n.Hours = "8\x00to 5" })},
	{rule: "control", place: "cause.text", what: cause("a \u202etuc elbac")},
	{rule: "placeholder", place: "en,", what: cause("a cut {cable}")},
	{rule: "foreign-number", place: "en,", what: cause("call 203-555-0188 for news")},
	{rule: "foreign-number", place: "en,", words: english("closing.do_not_test", "Ask 203-555-0188. Do not call 911 to test it.")},
	{rule: "digits", place: "es,", words: templates.Edits{templates.Spanish: {"say.where_first": "Llame al 203-555-0188."}}},
	{rule: "mode", place: "en,", words: english("topic.outage", "DRILL 911 outage")},
	{rule: "unsendable", what: func(d *outages.Declaration) {
		for i := range 40 {
			n := areas.Number{Area: "x-westport", For: areas.Fire, Tel: areas.Tel(fmt.Sprintf("+12035550%03d", 150+i)), Temporary: true, Label: strings.Repeat("Brigade ", 30)}
			d.Numbers = append(d.Numbers, n)
		}
	}},
	{rule: "kind", place: "kind", outage: "live"},
	{rule: "mode", place: "mode", outage: "live", what: func(d *outages.Declaration) { d.Mode = outages.Drill }},
	{rule: "reason", place: "reason", outage: "live", what: func(d *outages.Declaration) { *d = outages.Declaration{Kind: outages.Retract, Mode: d.Mode} }},
	{rule: "conditions", place: "conditions", outage: "live", what: func(d *outages.Declaration) {
		*d = outages.Declaration{Kind: outages.Retract, Mode: d.Mode, Reason: outages.SentInError, Conditions: d.Conditions}
	}},
}

// warns are the rules that warn.
var warns = []broken{
	{rule: "text-unknown", place: "conditions", what: func(d *outages.Declaration) { d.Conditions = d.Conditions[:1] }},
	{rule: "unconfirmed"},
	{rule: "struck", what: func(d *outages.Declaration) {
		number(func(*areas.Number) {})(d)
		d.NotAnswering = []areas.Tel{"+12035550103"}
	}},
	{rule: "same-carrier", what: func(d *outages.Declaration) {
		number(func(n *areas.Number) { n.Carrier = "Sample Telephone" })(d)
		second := d.Numbers[0]
		second.Tel = "+12035550198"
		d.Numbers, d.NotAnswering = append(d.Numbers, second), []areas.Tel{"+12035550103"}
	}},
	{rule: "without-number", before: silent("x-berlin"), what: func(d *outages.Declaration) {
		condition("x-berlin", func(c *outages.Condition) { c.Hit = outages.Hit{} })(d)
		d.NoNumber = []areas.ID{"x-berlin"}
	}},
	{rule: "no-number-known", before: silent("x-berlin"), what: condition("x-berlin", nil)},
	{rule: "other-state", place: "numbers[0].tel", what: number(func(n *areas.Number) { n.Tel = "+16175550100" })},
	{rule: "suspected", what: func(d *outages.Declaration) {
		condition("x-fairfield", func(c *outages.Condition) { c.Confidence = outages.Suspected })(d)
	}},
	{rule: "untranslated", place: "cause.text", what: cause("a cut cable")},
	{rule: "untranslated", place: "ways[0].where", what: func(d *outages.Declaration) {
		d.Ways = []areas.Way{{Area: "x-westport", Kind: areas.Station, Where: "1 Main Street"}}
	}},
	{rule: "cyberattack", place: "cause.text", what: cause("a cyberattack")},
	{rule: "jargon", place: "en,", what: cause("the PSAP trunk failed")},
	{rule: "capitals", place: "en,", what: cause("VERY GREAT HARM THERE")},
	{rule: "long-sentence", place: "en,", what: cause(strings.Repeat("one more word ", 8))},
	{rule: "grade", place: "en,", words: english("closing.do_not_test", "Unnecessary experimental telecommunication verification jeopardizes indispensable emergency intercommunication availability. Do not call 911 to test it.")},
	{rule: "title", place: "en,", words: english("topic.outage", "A very long title about a failure of the emergency number 911")},
	{rule: "too-long", place: "push, en", words: english("topic.outage", "A very long title about a failure of the emergency number 911")},
	{rule: "retract-number", place: "reason", outage: "live", what: func(d *outages.Declaration) {
		*d = outages.Declaration{Kind: outages.Retract, Mode: d.Mode, Reason: outages.WrongNumber}
	}},
	{rule: "part", place: "x-westport", outage: "live", what: func(d *outages.Declaration) {
		d.Kind, d.Began, d.NoNumber = outages.Update, time.Time{}, []areas.ID{"09190"}
		d.Conditions = []outages.Condition{{Area: "09190", Service: outages.Voice, State: outages.Intermittent}}
	}},
}

// elsewhere are the rules that no declaration and no published wording breaks: they guard against a renderer
// that errs, and are held to that where the renderer is.
var elsewhere = []string{"hazard-and-place", "brief", "time", "zone", "number-missing", "where-first", "not-affected", "do-not-test", "language", "source",
	"unread"}

// acceptance check 12: no rule is forgotten in the tables above.
func TestEveryRuleHasADraftThatBreaksIt(t *testing.T) {
	known := slices.Clone(elsewhere)
	for _, b := range slices.Concat(stops, warns) {
		known = append(known, b.rule)
	}
	rule := regexp.MustCompile(`\.(?:block|warn|add)\("([a-z0-9-]+)"`)
	var found []string
	for _, dir := range []string{"outages", "templates"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range rule.FindAllStringSubmatch(string(text), -1) {
				found = append(found, m[1])
				if !slices.Contains(known, m[1]) {
					t.Errorf("%s has the rule %q, which no draft here breaks", file, m[1])
				}
			}
		}
	}
	if len(found) < 50 {
		t.Errorf("%d rules found, want them all", len(found))
	}
}

// written writes the draft of a broken declaration and returns its address.
func (s *stage) written(b broken, outage string) string {
	s.T.Helper()
	if b.before != nil {
		b.before(s)
	}
	s.publish(b.words)
	ctx := s.T.Context()
	decl, err := s.Read(ctx, s.Ada, []byte(sound))
	s.OK(err)
	if b.what != nil {
		b.what(&decl)
	}
	if b.outage == "" {
		outage = ""
	}
	d, err := s.Declare(ctx, s.Ada, outage, decl)
	s.OK(err)
	return "/console/" + string(decl.Mode) + "/drafts/" + d.ID
}

// publish puts wordings in force that no rule has seen, as a file of an older version may hold them.
func (s *stage) publish(e templates.Edits) {
	s.T.Helper()
	was, err := s.Store.Wording(s.T.Context())
	s.OK(err)
	if len(e) == 0 && len(was.Edits) == 0 {
		return
	}
	s.OK(s.Store.PublishWording(s.T.Context(), store.Wording{Version: was.Version + 1, Edits: e}, officials.Entry{Agency: "despp", Actor: "ada", Action: "wording.publish"}))
}

// finding returns the finding of a rule at a place, among all that an official is shown.
func (s *stage) finding(b broken, at string) outages.Finding {
	s.T.Helper()
	d, err := s.Draft(s.T.Context(), s.Ada, at[strings.LastIndex(at, "/")+1:])
	s.OK(err)
	if d.State != store.DraftOpen {
		s.T.Errorf("%s: the draft is %s, want it open", b.rule, d.State)
	}
	_, all := s.Shown(s.T.Context(), d)
	for _, f := range all {
		if f.Rule == b.rule && strings.HasPrefix(f.Place, b.place) {
			return f
		}
	}
	s.T.Fatalf("nothing names %q at %q: %+v", b.rule, b.place, all)
	return outages.Finding{}
}

// submit presses the button of a preview with every box ticked but one.
func (s *stage) submit(at, but string) (status int, page string) {
	s.T.Helper()
	d, err := s.Draft(s.T.Context(), s.Ada, at[strings.LastIndex(at, "/")+1:])
	s.OK(err)
	form := url.Values{"version": {fmt.Sprint(d.Version)}}
	_, all := s.Shown(s.T.Context(), d)
	for _, f := range all {
		if !f.Block && desk.Tick(f) != but {
			form.Add("tick", desk.Tick(f))
		}
	}
	reach, err := s.Reach(s.T.Context(), s.Ada, d)
	s.OK(err)
	form.Set("count", fmt.Sprint(reach.People))
	w := s.ada.Post(at+"/submit", form)
	return w.Code, html.UnescapeString(w.Body.String())
}

// acceptance check 12.
func TestEachBlockingRuleStopsSubmittingAndNamesItself(t *testing.T) {
	s := newStage(t)
	s.fill(everywhere...)
	open := s.issue(s.next("", sound)).Outage
	before := s.mark()
	for _, b := range stops {
		t.Run(b.rule+" at "+b.place, func(t *testing.T) {
			s.T = t
			at := s.written(b, open)
			status, page := s.submit(at, "")
			if status != http.StatusUnprocessableEntity {
				t.Fatalf("submitted with status %d, want it refused", status)
			}
			f := s.finding(b, at)
			if !f.Block {
				t.Errorf("%+v does not block", f)
			}
			said := regexp.MustCompile(`<b>Stops</b> ` + regexp.QuoteMeta(f.Text) + ` <small>` + b.rule + `</small>`)
			if !said.MatchString(page) || strings.Contains(page, "<button>Submit for approval</button>") {
				t.Errorf("the preview does not name %q: %s\n%.2500s", b.rule, f.Text, page[max(0, strings.Index(page, "<main")):])
			}
		})
	}
	s.T = t
	n, err := s.Release(t.Context())
	s.OK(err)
	if after := s.mark(); n != 0 || after != before {
		t.Errorf("%d bulletins and %+v at the far sides, want nothing after %+v", n, after, before)
	}
}

// acceptance check 12.
func TestEachWarningNeedsItsTick(t *testing.T) {
	s := newStage(t)
	s.fill(everywhere...)
	open := s.issue(s.next("", sound)).Outage
	for _, b := range warns {
		t.Run(b.rule+" at "+b.place, func(t *testing.T) {
			s.T = t
			at := s.written(b, open)
			f := s.finding(b, at)
			if f.Block {
				t.Fatalf("%+v blocks", f)
			}
			box := "tick-" + desk.Tick(f)
			status, page := s.submit(at, desk.Tick(f))
			if status != http.StatusUnprocessableEntity || !strings.Contains(page, `href="#`+box+`"`) || !strings.Contains(page, `id="`+box+`"`) {
				t.Errorf("without its tick: status %d, want it refused at its box\n%.2500s", status, page[max(0, strings.Index(page, "<main")):])
			}
			s.finding(b, at) // it is still open
			if status, page := s.submit(at, ""); status != http.StatusSeeOther {
				t.Errorf("with its tick: status %d\n%.2500s", status, page[max(0, strings.Index(page, "<main")):])
			}
		})
	}
	s.T = t
	s.publish(nil)
}

// acceptance checks 2 and 12: what a screen can tell is refused at its field, and not kept.
func TestTheScreensRefuseAtTheFieldWhatTheRulesRefuse(t *testing.T) {
	s := newStage(t)
	preview := s.declare()
	at := strings.TrimSuffix(preview, "/preview")
	for name, typed := range map[string]url.Values{
		"began":    {"began": {"3:00 PM"}},
		"next":     {"next": {""}},
		"n0-tel":   {"n0-tel": {"911"}, "n0-area": {"x-westport"}},
		"n0-area":  {"n0-tel": {"203-555-0199"}},
		"cause":    {"cause": {"a cut cable"}},
		"w0-area":  {"w0-kind": {"station"}},
		"cause_by": {"cause": {"a cut cable"}, "cause_by": {strings.Repeat("x", 10_000)}},
	} {
		before := s.draft(at)
		form := url.Values{"version": {fmt.Sprint(before.Version)}, "began": {"11:49 AM"}, "next": {"12:40 PM"}, "do": {"continue"}}
		maps.Copy(form, typed)
		page := s.want(s.ada.Post(at+"/help", form), http.StatusUnprocessableEntity)
		if !strings.Contains(page, `href="#`+name+`"`) || !strings.Contains(page, `id="`+name+`"`) {
			t.Errorf("no error leads to the field %s", name)
		}
		if after := s.draft(at); after.Version != before.Version {
			t.Errorf("%s: the draft changed", name)
		}
	}
}
