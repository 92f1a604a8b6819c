package bench

import (
	"context"
	"fmt"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/cap"
	"callbox/channels/discord"
	"callbox/channels/email"
	"callbox/channels/mastodon"
	"callbox/channels/push"
	"callbox/outages"
	"callbox/templates"
)

// A whole state: the towns of Massachusetts.
const stateTowns = 351

// rendered is how long a state takes to word, and to make every message of it, in milliseconds.
type rendered struct{ Texts, Messages sample }

func render(_ context.Context, times int, say func(any) error) error {
	w, err := newWorld(stateTowns, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	var out rendered
	for range times {
		began := time.Now()
		texts, err := w.texts("bench-state")
		if err != nil {
			return err
		}
		crowd, err := w.crowd("bench-state")
		if err != nil {
			return err
		}
		worded := time.Now()
		if err := composeAll(w, texts.Areas, crowd); err != nil {
			return err
		}
		out.Texts = append(out.Texts, worded.Sub(began).Seconds()*1e3)
		out.Messages = append(out.Messages, time.Since(began).Seconds()*1e3)
	}
	return say(out)
}

// crowd words the outage for outlets that follow the whole state.
func (w *world) crowd(outage string) ([]templates.Text, error) {
	return templates.Render(w.draft(outage), templates.Reader{Areas: []areas.ID{"25"}, Crowd: true,
		Langs: []templates.Lang{templates.English, templates.Spanish}})
}

// message is what a channel is given; an outlet has no link to leave.
func (w *world) message(to string, texts []templates.Text) channels.Message {
	now := time.Now().UTC().Truncate(time.Second)
	b := outages.Bulletin{Outage: "bench-state", Seq: 1, Mode: outages.Live, Kind: outages.Alert, Issued: now, Expires: now.Add(4 * time.Hour),
		Declaration: w.declaration, Facts: w.facts}
	return channels.Message{Key: "bench-state.1.1", Mode: outages.Live, To: to, Bulletin: b, Texts: texts, Page: "https://alerts.example.org/outages/bench-state"}
}

// composeAll makes the mail and the push of each text, the posts and the documents.
func composeAll(w *world, texts, crowd []templates.Text) error {
	from := email.Sender{Address: "alerts@911.example.org", Host: "911.example.org"}
	for i := range texts {
		m := w.message("resident@example.net", texts[i:i+1])
		m.Leave = "https://alerts.example.org/leave/x"
		if _, err := email.Compose(m, from); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		if _, err := push.Compose(m); err != nil {
			return fmt.Errorf("push: %w", err)
		}
	}
	m := w.message("live", crowd)
	if _, err := discord.Compose(m); err != nil {
		return fmt.Errorf("discord: %w", err)
	}
	if _, err := mastodon.Compose(m, mastodon.Usual); err != nil {
		return fmt.Errorf("mastodon: %w", err)
	}
	if _, err := cap.Compose(m, cap.Press{Atlas: w.book}, nil); err != nil {
		return fmt.Errorf("cap: %w", err)
	}
	return nil
}

// render measures figure 14.
func (r *run) render() error {
	r.Progress("rendering a state")
	us, err := ask[rendered](r.ctx, "render", 3*r.Rounds)
	if err != nil {
		return err
	}
	row := Row{Figure: "14", What: fmt.Sprintf("rendering %d towns in 2 languages", stateTowns), Unit: "ms",
		Note: fmt.Sprintf("with every message of 5 channels composed beside: %.0f ms", us.Messages.median())}
	r.add("14", row.ours(us.Texts).atMost(100, us.Texts.median(), " ms"))
	return nil
}
