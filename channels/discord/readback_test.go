package discord

import (
	"testing"

	"callbox/channels/channeltest"
	"callbox/channels/discord/discordtest"
	"callbox/outages"
)

// Promise 11: a webhook that is gone is found before an outage, and nothing is posted by asking.
func TestAWebhookIsAskedForWithoutAPost(t *testing.T) {
	ch, far := stand(t)
	hook := far.Add()
	if err := ch.Probe(t.Context(), hook); err != nil {
		t.Errorf("a webhook that is there: %v", err)
	}
	far.Delete(hook)
	err := ch.Probe(t.Context(), hook)
	if err == nil {
		t.Error("a deleted webhook could be used")
	}
	channeltest.Leaks(t, err, side{far, hook}.Secrets()...)
	if n := far.Counts().Posts; n != 0 {
		t.Errorf("asking posted %d messages", n)
	}
}

// Promise 11: what was published is fetched and compared.
func TestAPostIsReadBack(t *testing.T) {
	ch, far := stand(t)
	hook := far.Add()
	receipt, second := story(t, ch, hook, outages.Live)
	first := channeltest.Message(outages.Live)
	first.To = hook
	if err := ch.ReadBack(t.Context(), first, receipt); err != nil {
		t.Errorf("the alert: %v", err)
	}
	if _, err := ch.Send(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if err := ch.ReadBack(t.Context(), first, receipt); err != nil {
		t.Errorf("the alert under its line: %v", err)
	}
	other := channeltest.Message(outages.Drill)
	other.To = hook
	if err := ch.ReadBack(t.Context(), other, receipt); err == nil {
		t.Error("a live post was taken for a drill")
	}
	changed := channeltest.Message(outages.Live)
	changed.To, changed.Page = hook, "https://callbox.example.org/o/other"
	if err := ch.ReadBack(t.Context(), changed, receipt); err == nil {
		t.Error("a post with another link was taken for this one")
	}
	far.NextEdit(discordtest.UnknownMessage)
	err := ch.ReadBack(t.Context(), first, receipt)
	if err == nil {
		t.Error("a deleted post was read back")
	}
	channeltest.Leaks(t, err, side{far, hook}.Secrets()...)
}
