package push

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

// shown is how many characters of a body a locked screen shows at about the most. What may be dropped is
// dropped to stay within; what may not goes beyond.
const shown = 300

// maxLines is how many areas a body names at most; more would not fit, and each try costs.
const maxLines = 48

// declarative marks a Declarative Web Push message: the number of the RFC that Web Push began with.
const declarative = 8030

// payload is a Declarative Web Push message (W3C Push API, "Declarative push message").
type payload struct {
	WebPush      int          `json:"web_push"`
	Notification notification `json:"notification"`
}

type notification struct {
	Title    string `json:"title"`
	Body     string `json:"body"`
	Navigate string `json:"navigate"`
	Lang     string `json:"lang"`
	Dir      string `json:"dir"`
	// Tag makes a newer bulletin replace an older one on the screen; Renotify makes it heard again.
	Tag       string `json:"tag"`
	Renotify  bool   `json:"renotify"`
	Require   bool   `json:"requireInteraction"`
	Timestamp int64  `json:"timestamp"` // milliseconds since 1970: when the bulletin was issued
	Data      data   `json:"data"`
}

// data is what the service worker knows beyond the notification.
type data struct {
	Outage string       `json:"outage"`
	Seq    int          `json:"seq"`
	Mode   outages.Mode `json:"mode"`
	Leave  string       `json:"leave,omitempty"`
}

// Compose makes the payload that Send seals: at most MaxPayload bytes, in the best language of the
// address. The body has one line for each area, with its numbers, then who says it and what comes next.
// To fit, it drops clauses by their rank, then whole areas from the end, of which it says how many there
// are and where the full list is. It never drops a number of an area that it names, a time, or the
// mode's word, and it refuses what would not fit even so.
func Compose(m channels.Message) ([]byte, error) {
	if len(m.Texts) == 0 || len(m.Texts[0].Parts) == 0 {
		return nil, errors.New("a push needs a text for at least one area")
	}
	t := m.Texts[0]
	p := payload{WebPush: declarative, Notification: notification{
		Title: t.Title, Navigate: m.Page, Lang: string(t.Lang), Dir: direction(t.Lang),
		Tag: topic(m), Renotify: true, Require: !m.Bulletin.Kind.Ends(),
		Timestamp: m.Bulletin.Issued.UnixMilli(),
		Data:      data{Outage: m.Bulletin.Outage, Seq: m.Bulletin.Seq, Mode: m.Mode, Leave: m.Leave},
	}}
	for named := min(len(t.Parts), maxLines); named > 0; named-- {
		for spare := maxRank(t); ; spare-- {
			p.Notification.Body = body(t, named, spare)
			if spare > templates.Keep && utf8.RuneCountInString(p.Notification.Body) > shown {
				continue
			}
			out, err := marshal(p)
			if err != nil {
				return nil, fmt.Errorf("encoding a push: %w", err)
			}
			if len(out) <= MaxPayload {
				return out, nil
			}
			if spare == templates.Keep {
				break
			}
		}
	}
	return nil, fmt.Errorf("a push of one area does not fit into %d bytes", MaxPayload)
}

// body names the first areas of a text, and says the clauses around them up to a rank.
func body(t templates.Text, named int, spare templates.Rank) string {
	var lines []string
	for _, p := range t.Parts[:named] {
		lines = append(lines, p.Brief)
	}
	if rest := len(t.Parts) - named; rest > 0 {
		lines = append(lines, fmt.Sprintf("+%d: %s", rest, t.More))
	}
	if around := append(upTo(spare, t.Opening), upTo(spare, t.Closing)...); len(around) > 0 {
		lines = append(lines, strings.Join(around, " "))
	}
	return strings.Join(lines, "\n")
}

func upTo(spare templates.Rank, clauses []templates.Clause) []string {
	var out []string
	for _, c := range clauses {
		if c.Rank <= spare {
			out = append(out, c.Text)
		}
	}
	return out
}

// maxRank is the highest rank around the parts of a text.
func maxRank(t templates.Text) templates.Rank {
	top := templates.Keep
	for _, cs := range [][]templates.Clause{t.Opening, t.Closing} {
		for _, c := range cs {
			top = max(top, c.Rank)
		}
	}
	return top
}

// direction is the way a language is written.
func direction(l templates.Lang) string {
	base, _, _ := strings.Cut(string(l), "-")
	switch base {
	case "ar", "fa", "he", "ps", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}

// marshal leaves <, > and & as they are: the payload is never put into a page as it is.
func marshal(p payload) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(p)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
