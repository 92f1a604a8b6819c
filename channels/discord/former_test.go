package discord

import (
	"strings"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/discord/discordtest"
	"callbox/outages"
)

// story sends an alert and returns its receipt and the update that follows it.
func story(t *testing.T, ch *Channel, hook string, mode outages.Mode) (channels.Receipt, channels.Message) {
	t.Helper()
	first := channeltest.Message(mode)
	first.To = hook
	receipt, err := ch.Send(t.Context(), first)
	if err != nil {
		t.Fatalf("the alert: %v", err)
	}
	second := channeltest.Sample{Mode: mode, Kind: outages.Update, Seq: 2}.Message()
	second.To, second.Earlier = hook, []channels.Receipt{{}, receipt}
	return receipt, second
}

func TestAnUpdatePointsReadersOfTheAlertToItself(t *testing.T) {
	for mode, want := range map[outages.Mode]string{
		outages.Live:  "Updated at 3:05 PM, see below.\nActualizado a las 3:05 p. m., vea abajo.\n",
		outages.Drill: "DRILL: Updated at 3:05 PM, see below.\nSIMULACRO: Actualizado a las 3:05 p. m., vea abajo.\n",
	} {
		ch, far := stand(t)
		hook := far.Add()
		receipt, second := story(t, ch, hook, mode)
		before := far.Messages(hook)[0]
		if _, err := ch.Send(t.Context(), second); err != nil {
			t.Fatalf("%s: the update: %v", mode, err)
		}
		messages := far.Messages(hook)
		if len(messages) != 2 || messages[0].ID != receipt[0].ID {
			t.Fatalf("%s: %d messages, want the alert and the update", mode, len(messages))
		}
		if got := messages[0].Content; got != want+before.Content {
			t.Errorf("%s: the alert now reads\n%s\nwant\n%s", mode, got, want+before.Content)
		}
		if len(messages[0].Embeds) != len(before.Embeds) || messages[0].Embeds[0].Description != before.Embeds[0].Description {
			t.Errorf("%s: the edit changed the embeds", mode)
		}
		if len(messages[1].Edits) != 0 {
			t.Errorf("%s: the update itself was edited", mode)
		}
		ch.pointOn(t.Context(), mustParse(t, hook), second)
		if got := far.Messages(hook)[0].Edits; len(got) != 1 {
			t.Errorf("%s: pointing on twice edited %d times, want once", mode, len(got))
		}
	}
}

func mustParse(t *testing.T, destination string) webhook {
	t.Helper()
	hook, err := parse(destination)
	if err != nil {
		t.Fatal(err)
	}
	return hook
}

func TestFailingToEditIsNotFailingToDeliver(t *testing.T) {
	for name, answers := range map[string][]discordtest.Answer{
		"the alert was deleted":      {discordtest.UnknownMessage},
		"the read fails":             {discordtest.Failure},
		"the edit is rate limited":   {{Status: 200, Body: `{"id": "1", "content": "x"}`}, discordtest.Busy(time.Hour)},
		"the edit is refused":        {{Status: 200, Body: `{"id": "1", "content": "x"}`}, discordtest.EmptyMessage},
		"the read says nonsense":     {{Status: 200, Body: `[]`}},
		"the connection is reset":    {{Break: discordtest.Reset}, {Break: discordtest.Reset}}, // a GET is tried anew
		"the far side says nothing":  {{Break: discordtest.Silence}},
		"the alert is full of words": {{Status: 200, Body: `{"id": "1", "content": "` + strings.Repeat("x", maxContent) + `"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ch, far := stand(t)
			hook := far.Add()
			_, second := story(t, ch, hook, outages.Live)
			far.NextEdit(answers...)
			begun := time.Now()
			receipt, err := ch.Send(t.Context(), second)
			if err != nil || len(receipt) != 1 {
				t.Errorf("Send = %v, %v; want one part", receipt, err)
			}
			if took := time.Since(begun); took > patience+time.Second {
				t.Errorf("Send took %v", took)
			}
			if messages := far.Messages(hook); len(messages) != 2 || len(messages[0].Edits) != 0 {
				t.Errorf("want two messages without an edit, got %d, the first edited to %q", len(messages), messages[0].Edits)
			}
		})
	}
}

func TestAPostThatStandsIsNotRepeated(t *testing.T) {
	ch, far := stand(t)
	hook := far.Add()
	m := channeltest.Message(outages.Live)
	m.To, m.Begun = hook, channels.Receipt{{ID: "7"}}
	receipt, err := ch.Send(t.Context(), m)
	if err != nil || len(receipt) != 1 || receipt[0].ID != "7" {
		t.Errorf("Send = %v, %v; want the part that stands", receipt, err)
	}
	if got := far.Counts().Posts; got != 0 {
		t.Errorf("%d posts, want none", got)
	}
}

func TestTheTimeIsSaidInTheSpeakersZone(t *testing.T) {
	for _, c := range []struct {
		at   string
		want string
	}{
		{"2026-11-13T05:07:00Z", "Updated at 12:07 AM, see below.\nActualizado a las 12:07 a. m., vea abajo."},
		{"2026-11-13T18:30:00Z", "Updated at 1:30 PM, see below.\nActualizado a la 1:30 p. m., vea abajo."},
		{"2026-11-13T17:00:00Z", "Updated at 12:00 PM, see below.\nActualizado a las 12:00 p. m., vea abajo."},
	} {
		m := channeltest.Message(outages.Live)
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		m.Bulletin.Issued = at
		if got := below(m); got != c.want {
			t.Errorf("%s: %q, want %q", c.at, got, c.want)
		}
	}
}
