package mastodon

import (
	"encoding/json"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/mastodon/mastodontest"
)

// stand makes a channel and a stand-in without a rate limit.
func stand(t *testing.T) (*Channel, *mastodontest.Server) {
	t.Helper()
	far, err := mastodontest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	far.Requests = 0
	far.Now = func() time.Time { return channeltest.Now.Add(time.Minute) }
	return New(Config{Client: channels.NewClient(channels.Loopback(), channels.Within(time.Second))}), far
}

// side is a stand-in with one account, as the kit sees it.
type side struct {
	*mastodontest.Server
	to string
}

func newSide(far *mastodontest.Server) side { return side{far, far.Add("callbox")} }

func (s side) To() string { return s.to }

func (s side) Secrets() []string {
	var d struct{ Token string }
	if err := json.Unmarshal([]byte(s.to), &d); err != nil {
		panic(err)
	}
	return []string{d.Token, s.to}
}

var answers = map[channeltest.Answer]mastodontest.Answer{
	channeltest.Busy:      {Status: 429, Body: `{"error": "Too many requests"}`},
	channeltest.BusyFor:   mastodontest.Busy(channeltest.Wait),
	channeltest.Down:      mastodontest.Failure,
	channeltest.Moved:     mastodontest.Moved,
	channeltest.Reject:    *mastodontest.Invalid("no"),
	channeltest.TooLarge:  mastodontest.TooLarge,
	channeltest.Forbidden: mastodontest.Forbidden,
	channeltest.Unknown:   mastodontest.InvalidToken,
	channeltest.Missing:   mastodontest.NotFound,
	channeltest.Over:      mastodontest.Suspended,
	channeltest.Reset:     {Break: mastodontest.Reset},
	channeltest.Silent:    {Break: mastodontest.Silence},
	channeltest.Cut:       {Status: 200, Body: `{"id":"17`, Break: mastodontest.Reset},
	channeltest.Stall:     {Status: 200, Body: `{"id":"17`, Break: mastodontest.Silence},
	channeltest.Endless:   {Status: 200, Body: `{"id":"17`, Break: mastodontest.Flood},
}

func (s side) Next(queue ...channeltest.Answer) {
	for _, a := range queue {
		s.Server.Next(answers[a])
	}
}

func (s side) Received() []channeltest.Received {
	var out []channeltest.Received
	for _, st := range s.Statuses(s.to) {
		out = append(out, channeltest.Received{Key: st.Key, Wire: wire(st.Language, st.Text), Screen: []string{st.Text}})
	}
	return out
}

// wire is what Compose decides of a status.
func wire(lang, text string) []byte { return []byte(lang + "\n" + text) }

func TestTheChannelKeepsThePromisesOfTheKit(t *testing.T) {
	outcomes := channeltest.HTTP()
	delete(outcomes, channeltest.Away) // see TestEveryAnswerHasItsVerdict
	outcomes[channeltest.Missing] = channeltest.Broken
	// The next attempt finds the status if it stands (promise 5).
	for _, a := range []channeltest.Answer{channeltest.Cut, channeltest.Stall, channeltest.Endless} {
		outcomes[a] = channeltest.Later
	}
	channeltest.Run(t, channeltest.Case{
		New: func(t *testing.T) (channels.Channel, channeltest.Far) {
			ch, far := stand(t)
			return ch, newSide(far)
		},
		Compose: func(m channels.Message) ([][]byte, error) {
			posts, err := Compose(m, Usual)
			var out [][]byte
			for _, p := range posts {
				out = append(out, wire(string(p.Lang), p.Status))
			}
			return out, err
		},
		Outcomes: outcomes,
	})
}
