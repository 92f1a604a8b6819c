package mastodon

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/mastodon/mastodontest"
	"callbox/outages"
)

// long is a message whose threads have several statuses in each language.
func long(to string) channels.Message {
	m := channeltest.Sample{Towns: 6}.Message()
	m.To = to
	return m
}

var grant mastodontest.Answer

// texts of the statuses that stand, oldest first.
func texts(far side) []string {
	var out []string
	for _, st := range far.Statuses(far.to) {
		out = append(out, st.Text)
	}
	return out
}

func composed(t *testing.T, m channels.Message) []string {
	t.Helper()
	posts, err := Compose(m, Usual)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range posts {
		out = append(out, p.Status)
	}
	return out
}

// Promise 5: repeats are invisible, whether or not the server keeps idempotency keys, whatever became of
// the answer, and although nobody remembers that there was a former attempt.
func TestAnAnswerThatWasLostGivesNoSecondStatus(t *testing.T) {
	for name, lost := range map[string]mastodontest.Answer{
		"the connection was reset":      {Posts: true, Break: mastodontest.Reset},
		"the answer never came":         {Posts: true, Break: mastodontest.Silence},
		"the answer was cut":            {Posts: true, Status: 200, Body: `{"id":`, Break: mastodontest.Reset},
		"a gateway gave up":             {Posts: true, Status: 504},
		"the answer names no status":    {Posts: true, Status: 200, Body: `{}`},
		"the answer is of another kind": {Posts: true, Status: 200, Body: `[]`},
	} {
		for _, ignores := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				ch, server := stand(t)
				server.IgnoreKeys = ignores
				far := newSide(server)
				m := long(far.to)
				far.Server.Next(grant, lost)
				receipt, err := ch.Send(t.Context(), m)
				if v, _ := channels.VerdictOf(err); err == nil || v != channels.Later {
					t.Fatalf("Send = %v, %v; want an error that means later", receipt, err)
				}
				receipt, err = ch.Send(t.Context(), m) // without Begun, as after a kill
				want := composed(t, m)
				if err != nil || len(receipt) != len(want) {
					t.Fatalf("second Send = %d parts, %v; want %d", len(receipt), err, len(want))
				}
				if diff := cmp.Diff(want, texts(far)); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestAThreadGoesOnWhereItFailed(t *testing.T) {
	ch, server := stand(t)
	far := newSide(server)
	m := long(far.to)
	want := composed(t, m)
	for placed := 1; placed < len(want); placed++ {
		far.Server.Next(grant, mastodontest.Unavailable)
		receipt, err := ch.Send(t.Context(), m)
		if err == nil || len(receipt) != placed {
			t.Fatalf("Send = %d parts, %v; want %d and an error", len(receipt), err, placed)
		}
		m.Begun = receipt
	}
	before := server.Counts()
	receipt, err := ch.Send(t.Context(), m)
	if err != nil || len(receipt) != len(want) {
		t.Fatalf("last Send = %d parts, %v; want %d", len(receipt), err, len(want))
	}
	if got := server.Counts().Posts - before.Posts; got != 1 {
		t.Errorf("the last Send posted %d statuses, want 1", got)
	}
	if diff := cmp.Diff(want, texts(far)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	m.Begun = receipt
	again, err := ch.Send(t.Context(), m)
	if err != nil || !cmp.Equal(receipt, again) {
		t.Errorf("Send of what stands = %v, %v; want %v", again, err, receipt)
	}
}

func TestEachLanguageHasAThreadThatRepliesToTheFormerBulletin(t *testing.T) {
	ch, server := stand(t)
	far := newSide(server)
	var earlier []channels.Receipt
	last := map[string]string{} // by language: the status that the next one must reply to
	for seq := 1; seq <= 3; seq++ {
		m := channeltest.Sample{Towns: 6, Seq: seq}.Message()
		m.To, m.Earlier = far.to, earlier
		before := len(far.Statuses(far.to))
		receipt, err := ch.Send(t.Context(), m)
		if err != nil {
			t.Fatalf("bulletin %d: %v", seq, err)
		}
		earlier = append(earlier, receipt)
		for _, st := range far.Statuses(far.to)[before:] {
			if st.InReplyTo != last[st.Language] {
				t.Errorf("bulletin %d: a status in %s replies to %q, want %q", seq, st.Language, st.InReplyTo, last[st.Language])
			}
			last[st.Language] = st.ID
		}
	}
	if len(last) != 2 {
		t.Errorf("languages with threads: %v, want en and es", last)
	}
	told := slices.Concat(earlier...)
	for i, st := range far.Statuses(far.to) {
		if st.Language != string(told[i].Lang) || st.ID != told[i].ID {
			t.Errorf("status %d is %s in %s; the receipts name %+v", i+1, st.ID, st.Language, told[i])
		}
	}
}

func TestAFormerStatusThatWasDeletedDoesNotStopTheNext(t *testing.T) {
	ch, server := stand(t)
	far := newSide(server)
	m := channeltest.Sample{}.Message()
	m.To = far.to
	receipt, err := ch.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	server.Delete(receipt[0].ID)
	m = channeltest.Sample{Kind: outages.AllClear, Seq: 2}.Message()
	m.To, m.Earlier = far.to, []channels.Receipt{receipt}
	if _, err := ch.Send(t.Context(), m); err != nil {
		t.Fatalf("Send: %v", err)
	}
	statuses := far.Statuses(far.to)
	if len(statuses) != 3 || statuses[1].InReplyTo != "" || statuses[2].InReplyTo != statuses[0].ID {
		t.Errorf("want the Spanish alert, an English end that replies to nothing and a Spanish one that replies; got %+v", statuses)
	}
}

func TestTheAccountsOtherStatusesAreNotTakenForOurs(t *testing.T) {
	ch, server := stand(t)
	far := newSide(server)
	for i := range 22 { // more than a page
		m := channeltest.Sample{Seq: i + 1}.Message()
		m.To = far.to
		if receipt, err := ch.Send(t.Context(), m); err != nil || len(receipt) != 2 {
			t.Fatalf("bulletin %d: %v, %v", i+1, receipt, err)
		}
	}
	m := channeltest.Sample{Seq: 1}.Message()
	m.To = far.to
	receipt, err := ch.Send(t.Context(), m)
	if err != nil || receipt[0].ID != far.Statuses(far.to)[0].ID {
		t.Errorf("Send = %v, %v; want the first status, a page back", receipt, err)
	}
	if got := len(far.Statuses(far.to)); got != 44 {
		t.Errorf("%d statuses, want 44", got)
	}
}

func TestAServerThatCannotBeSearchedIsNotPostedTo(t *testing.T) {
	ch, server := stand(t)
	far := newSide(server)
	for _, c := range []struct {
		reads []mastodontest.Answer
		want  channels.Verdict
	}{
		{[]mastodontest.Answer{mastodontest.Failure}, channels.Later},                                                                               // limits
		{[]mastodontest.Answer{mastodontest.NotFound, mastodontest.Forbidden}, channels.Broken},                                                     // whose token
		{[]mastodontest.Answer{mastodontest.Unavailable}, channels.Later},                                                                           // whose token
		{[]mastodontest.Answer{grant, mastodontest.Forbidden}, channels.Broken},                                                                     // statuses
		{[]mastodontest.Answer{{Status: 200, Body: "<html>"}}, channels.Later},                                                                      // statuses
		{[]mastodontest.Answer{{Status: 200, Body: `[null, {"id": "1"}]`, Break: mastodontest.Reset}, {Break: mastodontest.Reset}}, channels.Later}, // statuses
	} {
		far.NextRead(c.reads...)
		m := channeltest.Message(outages.Live)
		m.To = far.to
		_, err := ch.Send(t.Context(), m)
		if v, _ := channels.VerdictOf(err); err == nil || v != c.want {
			t.Errorf("Send = %v, want %v", err, c.want)
		}
		channeltest.Leaks(t, err, far.Secrets()...)
	}
	if got := server.Counts().Posts; got != 0 {
		t.Errorf("%d posts, want none", got)
	}
}
