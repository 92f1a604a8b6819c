package mastodon

import (
	"strings"
	"testing"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/outages"
)

// Promise 11: an account whose token opens nothing is found before an outage.
func TestAnAccountIsAskedForWithoutAStatus(t *testing.T) {
	ch, server := stand(t)
	far := newSide(server)
	if err := ch.Probe(t.Context(), far.to); err != nil {
		t.Errorf("an account that is there: %v", err)
	}
	err := ch.Probe(t.Context(), strings.Replace(far.to, `"token":"`, `"token":"x`, 1))
	if err == nil {
		t.Error("a token that opens nothing could be used")
	}
	channeltest.Leaks(t, err, far.Secrets()...)
}

// Promise 11: what was published is fetched and compared.
func TestAThreadIsReadBack(t *testing.T) {
	ch, server := stand(t)
	far := newSide(server)
	m := long(far.to)
	receipt, err := ch.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.ReadBack(t.Context(), m, receipt); err != nil {
		t.Errorf("ReadBack: %v", err)
	}
	drill := channeltest.Sample{Mode: outages.Drill, Towns: 6}.Message()
	drill.To = far.to
	for name, c := range map[string]struct {
		m channels.Message
		r channels.Receipt
	}{
		"a live thread for a drill":       {drill, receipt},
		"a receipt that lacks a status":   {m, receipt[1:]},
		"statuses in another order":       {m, append(receipt[1:len(receipt):len(receipt)], receipt[0])},
		"a status that the server forgot": {m, append(channels.Receipt{{ID: "7"}}, receipt[1:]...)},
	} {
		err := ch.ReadBack(t.Context(), c.m, c.r)
		if err == nil {
			t.Errorf("%s was taken for what was approved", name)
		}
		channeltest.Leaks(t, err, far.Secrets()...)
	}
}
