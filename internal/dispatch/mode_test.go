package dispatch

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// messageOf is a message of a mode whose strings all start with mark.
func messageOf(mode outages.Mode, lang templates.Lang, mark string) channels.Message {
	b := outages.Bulletin{Outage: "o", Seq: 1, Mode: mode}
	b.Declaration.Mode = mode
	return channels.Message{Mode: mode, Bulletin: b, Texts: []templates.Text{{
		Lang: lang, Topic: mark + "911 outage", Title: mark + "911 outage: Hartford",
		Parts: []templates.Part{{
			Brief: mark + "call police", Headline: mark + "911 outage", Short: mark + "911 down", Long: mark + "911 is down",
		}},
	}}}
}

// Promise 3.
func TestOnlyAMessageOfItsListAndModePasses(t *testing.T) {
	tests := []struct {
		mode outages.Mode
		lang templates.Lang
		mark string
		list string
		pass bool
	}{
		{outages.Live, "en", "", "live", true},
		{outages.Live, "es", "", "live", true},
		{outages.Live, "en", "", "drill", false},
		{outages.Live, "en", "DRILL: ", "live", false},
		{outages.Live, "en", "TEST: ", "live", false},
		{outages.Live, "es", "SIMULACRO: ", "live", false},
		{outages.Live, "es", "PRUEBA: ", "live", false},
		{outages.Live, "en", "TESTING ", "live", true}, // another word
		{outages.Drill, "en", "DRILL: ", "drill", true},
		{outages.Drill, "es", "SIMULACRO: ", "drill", true},
		{outages.Drill, "fr", "DRILL/EXERCICE: ", "drill", true},
		{outages.Drill, "fr", "EXERCICE: ", "drill", false},
		{outages.Drill, "en", "DRILL: ", "live", false},
		{outages.Drill, "en", "", "drill", false},
		{outages.Drill, "en", "drill: ", "drill", false},
		{outages.Drill, "en", "DRILLS: ", "drill", false},
		{outages.Drill, "es", "DRILL: ", "drill", false},
		{outages.Drill, "en", "TEST: ", "drill", false},
		{outages.Test, "en", "TEST: ", "live", true},
		{outages.Test, "es", "PRUEBA: ", "live", true},
		{outages.Test, "en", "TEST: ", "drill", false},
		{outages.Test, "en", "", "live", false},
		{outages.Test, "en", "DRILL: ", "live", false},
		{"", "en", "", "live", false},
		{"", "en", "", "", false},
		{"rehearsal", "en", "", "live", false},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %s %q on list %s", test.mode, test.lang, test.mark, test.list), func(t *testing.T) {
			checkGuard(t, messageOf(test.mode, test.lang, test.mark), test.list, test.pass)
		})
	}
}

// Promise 3: every string counts, and so does every place where the mode is written.
func TestOneWrongStringStopsAMessage(t *testing.T) {
	tests := map[string]func(*channels.Message){
		"topic":            func(m *channels.Message) { m.Texts[0].Topic = "911 outage" },
		"title":            func(m *channels.Message) { m.Texts[0].Title = "911 outage" },
		"empty title":      func(m *channels.Message) { m.Texts[0].Title = "" },
		"brief":            func(m *channels.Message) { m.Texts[0].Parts[0].Brief = "911 outage" },
		"headline":         func(m *channels.Message) { m.Texts[0].Parts[0].Headline = "911 outage" },
		"short text":       func(m *channels.Message) { m.Texts[0].Parts[0].Short = "911 outage" },
		"long text":        func(m *channels.Message) { m.Texts[0].Parts[0].Long = "911 outage" },
		"second language":  func(m *channels.Message) { m.Texts = append(m.Texts, textOf(outages.Live, "Hartford")) },
		"no text":          func(m *channels.Message) { m.Texts = nil },
		"message mode":     func(m *channels.Message) { m.Mode = outages.Live },
		"bulletin mode":    func(m *channels.Message) { m.Bulletin.Mode = outages.Live },
		"declaration mode": func(m *channels.Message) { m.Bulletin.Declaration.Mode = outages.Live },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			m := messageOf(outages.Drill, templates.English, "DRILL: ")
			checkGuard(t, m, drillList, true)
			spoil(&m)
			checkGuard(t, m, drillList, false)
		})
	}
}

func checkGuard(t *testing.T, m channels.Message, list string, pass bool) {
	t.Helper()
	f := &far{}
	_, err := Guarded(f, list).Send(context.Background(), m)
	verdict, _ := channels.VerdictOf(err)
	switch sent := len(f.arrivals()) == 1; {
	case sent != pass:
		t.Errorf("sent: %v, want %v (%v)", sent, pass, err)
	case !pass && verdict != channels.Refused:
		t.Errorf("got verdict %s (%v), want refused", verdict, err)
	}
}

// echo is a channel that can be asked what stands there.
type echo struct{ says error }

func (echo) Send(context.Context, channels.Message) (channels.Receipt, error) { return nil, nil }

func (e echo) ReadBack(context.Context, channels.Message, channels.Receipt) error { return e.says }

// promise 11: what was published is read back, through the wrapper too.
func TestTheWrapperPassesReadingBackOn(t *testing.T) {
	differs := errors.New("another area")
	reader, ok := Guarded(echo{differs}, liveList).(channels.Reader)
	if !ok {
		t.Fatal("the wrapper cannot read back")
	}
	if err := reader.ReadBack(t.Context(), channels.Message{}, nil); !errors.Is(err, differs) {
		t.Errorf("ReadBack = %v, want what the channel says", err)
	}
}
