package discord

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/discord/discordtest"
)

// stand makes a channel and the stand-in that it posts to, without a rate limit.
func stand(t *testing.T) (*Channel, *discordtest.Server) {
	t.Helper()
	far, err := discordtest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	far.Posts = 0
	ch, err := New(Config{Client: channels.NewClient(channels.Loopback(), channels.Within(time.Second)), FarSide: far.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return ch, far
}

// side is a stand-in with one webhook, as the kit sees it.
type side struct {
	*discordtest.Server
	hook string
}

func (s side) To() string { return s.hook }

func (s side) Secrets() []string {
	token := s.hook[strings.LastIndex(s.hook, "/")+1:]
	return []string{s.hook, token}
}

var answers = map[channeltest.Answer]discordtest.Answer{
	channeltest.Busy:      {Status: 429, Body: "slow down"},
	channeltest.BusyFor:   discordtest.Busy(channeltest.Wait),
	channeltest.Down:      discordtest.Failure,
	channeltest.Moved:     discordtest.Moved,
	channeltest.Reject:    discordtest.EmptyMessage,
	channeltest.TooLarge:  discordtest.TooLarge,
	channeltest.Forbidden: discordtest.Blocked,
	channeltest.Unknown:   discordtest.Unauthorized,
	channeltest.Missing:   discordtest.UnknownWebhook,
	channeltest.Reset:     {Break: discordtest.Reset},
	channeltest.Silent:    {Break: discordtest.Silence},
	channeltest.Cut:       {Status: 200, Body: `{"id":"17`, Break: discordtest.Reset},
	channeltest.Stall:     {Status: 200, Body: `{"id":"17`, Break: discordtest.Silence},
	channeltest.Endless:   {Status: 200, Body: `{"id":"17`, Break: discordtest.Flood},
}

func (s side) Next(queue ...channeltest.Answer) {
	for _, a := range queue {
		s.Server.Next(s.hook, answers[a])
	}
}

func (s side) Received() []channeltest.Received {
	var out []channeltest.Received
	for _, m := range s.Messages(s.hook) {
		r := channeltest.Received{Wire: m.Posted, Screen: strings.Split(m.Content, "\n")}
		for _, e := range m.Embeds {
			r.Screen = append(r.Screen, e.Title, e.Description)
		}
		out = append(out, r)
	}
	return out
}

func TestTheChannelKeepsThePromisesOfTheKit(t *testing.T) {
	outcomes := channeltest.HTTP()
	delete(outcomes, channeltest.Away) // see TestEveryAnswerHasItsVerdict
	delete(outcomes, channeltest.Over) // Discord does not speak of 410
	// A post cannot be asked for without its ID (promise 5), and these answers keep it back.
	for _, a := range []channeltest.Answer{
		channeltest.Reset, channeltest.Silent, channeltest.Cut, channeltest.Stall, channeltest.Endless,
	} {
		outcomes[a] = channeltest.Uncertain
	}
	channeltest.Run(t, channeltest.Case{
		New: func(t *testing.T) (channels.Channel, channeltest.Far) {
			ch, far := stand(t)
			return ch, side{far, far.Add()}
		},
		Compose: func(m channels.Message) ([][]byte, error) {
			p, err := Compose(m)
			if err != nil {
				return nil, err
			}
			wire, err := json.Marshal(p)
			return [][]byte{wire}, err
		},
		Outcomes: outcomes,
	})
}
