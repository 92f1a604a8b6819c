package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// The lists of subscribers. A lane belongs to one.
const (
	liveList  = "live"
	drillList = "drill"
)

// errUnfit says that a message was stopped here, before its channel saw it.
var errUnfit = errors.New("stopped before sending")

// Guarded wraps the channel of a list of subscribers, "live" or "drill", so that a drill can never go
// live. It refuses a message that is not of that list, whose bulletin has another mode, or of which any
// string does not start with the word of its mode; a live one must start with none of these words.
//
// It refuses instead of breaking the lane: a bulletin's texts are frozen, so it will never become right,
// and one wrong bulletin must not hold up the right ones.
func Guarded(ch channels.Channel, list string) channels.Channel { return &guarded{ch, list} }

type guarded struct {
	channel channels.Channel
	list    string
}

func (g *guarded) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	if err := fits(m, g.list); err != nil {
		return nil, channels.As(channels.Refused, fmt.Errorf("%w: %w", errUnfit, err))
	}
	return g.channel.Send(ctx, m)
}

// ReadBack passes the question on to a channel that can answer it.
func (g *guarded) ReadBack(ctx context.Context, m channels.Message, r channels.Receipt) error {
	if reader, ok := g.channel.(channels.Reader); ok {
		return reader.ReadBack(ctx, m, r)
	}
	return nil
}

// fits returns why a message must not be sent to a list, or nil.
func fits(m channels.Message, list string) error {
	b := m.Bulletin
	switch {
	case m.Mode != b.Mode || b.Declaration.Mode != b.Mode:
		return fmt.Errorf("message, bulletin and declaration differ in mode: %q, %q, %q", m.Mode, b.Mode, b.Declaration.Mode)
	case listOf(m.Mode) == "":
		return fmt.Errorf("mode %q is not known", m.Mode)
	case listOf(m.Mode) != list:
		return fmt.Errorf("a %s bulletin on the %s list", m.Mode, list)
	case len(m.Texts) == 0:
		return errors.New("no text")
	}
	for _, t := range m.Texts {
		if err := marked(t, m.Mode); err != nil {
			return err
		}
	}
	return nil
}

// listOf is the list that hears a mode. A test reaches those of the live list who opted in.
func listOf(m outages.Mode) string {
	switch m {
	case outages.Live, outages.Test:
		return liveList
	case outages.Drill:
		return drillList
	}
	return ""
}

// The words that stand first, by mode and language. A language that is not here uses the English ones.
var (
	modeWords = map[outages.Mode]map[templates.Lang]string{
		outages.Drill: {templates.English: "DRILL", templates.Spanish: "SIMULACRO"},
		outages.Test:  {templates.English: "TEST", templates.Spanish: "PRUEBA"},
	}
	allWords = []string{"DRILL", "SIMULACRO", "TEST", "PRUEBA"}
)

// marked checks the first word of every string that may reach a screen by itself. Topic and Title are
// never empty; the others may be, where a part does not fit them.
func marked(t templates.Text, mode outages.Mode) error {
	word := modeWords[mode][t.Lang]
	if word == "" {
		word = modeWords[mode][templates.English]
	}
	check := func(where, s string) error {
		if word != "" && !startsWith(s, word) {
			return fmt.Errorf("the %s of the %s text of a %s does not start with %s", where, t.Lang, mode, word)
		}
		for _, w := range allWords {
			if w != word && startsWith(s, w) {
				return fmt.Errorf("the %s of the %s text of a %s bulletin starts with %s", where, t.Lang, mode, w)
			}
		}
		return nil
	}
	if err := errors.Join(check("topic", t.Topic), check("title", t.Title)); err != nil {
		return err
	}
	for _, p := range t.Parts {
		for _, s := range []struct{ where, text string }{
			{"brief", p.Brief}, {"headline", p.Headline}, {"short text", p.Short}, {"long text", p.Long},
		} {
			if s.text == "" {
				continue
			}
			if err := check(s.where, s.text); err != nil {
				return err
			}
		}
	}
	return nil
}

// startsWith reports whether word is the first whole word of s.
func startsWith(s, word string) bool {
	rest, ok := strings.CutPrefix(s, word)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && !unicode.IsLetter(next) && !unicode.IsDigit(next)
}
