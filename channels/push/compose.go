package push

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"callbox/channels"
	"callbox/outages"
	"callbox/templates"
)

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
// address. To fit, it names fewer areas, says how many more there are, and leaves them to the page. It
// refuses what would not fit even so.
func Compose(m channels.Message) ([]byte, error) { return compose(m, body) }

// compose is Compose with a way to make the body of the first areas of a text.
func compose(m channels.Message, body func(t templates.Text, named int) string) ([]byte, error) {
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
		p.Notification.Body = body(t, named)
		out, err := marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encoding a push: %w", err)
		}
		if len(out) <= MaxPayload {
			return out, nil
		}
	}
	return nil, fmt.Errorf("a push of one area does not fit into %d bytes", MaxPayload)
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
