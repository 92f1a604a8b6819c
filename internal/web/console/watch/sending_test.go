package watch_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
	"callbox/channels/push"
	"callbox/channels/push/pushtest"
	"callbox/internal/dispatch"
	"callbox/internal/web/webtest"
	"callbox/subscribers"
)

// sending is a stage with a real sender, a mail server and a push service, on a clock that runs.
type sending struct {
	*stage
	push *pushtest.Listening
	mail *mailtest.Server
	send *dispatch.Sender
}

const onPush, onMail = 60, 20

func newSending(t *testing.T) *sending {
	t.Helper()
	s := &sending{stage: emptyStage(t)}
	var err error
	s.mail, err = mailtest.Start(mailtest.Options{})
	s.OK(err)
	t.Cleanup(func() { s.OK(s.mail.Close()) })
	s.push, err = pushtest.Start()
	s.OK(err)
	t.Cleanup(func() { s.OK(s.push.Close()) })

	public, private, err := push.GenerateKeys()
	s.OK(err)
	pushes, err := push.New(push.Config{PublicKey: public, PrivateKey: private, Subject: "alerts@despp.example.gov", Client: channels.NewClient(channels.Loopback()), Now: s.Now})
	s.OK(err)
	mails, err := email.New(email.Config{From: "alerts@despp.example.gov", Relays: []email.Relay{{Host: s.mail.Host(), Port: s.mail.Port(), TLS: email.Insecure}}, Now: s.Now})
	s.OK(err)
	t.Cleanup(func() { s.OK(mails.Close()) })
	s.Channels[channels.Push] = pushes // real ones take the place of those that take everything

	for i := range onPush {
		s.OK(s.SubscribeDevice(s.push.Subscribe(public), []areas.ZIP{"06107", "06880", "06825"}[i%3]))
	}
	for i := range onMail {
		s.resident([]areas.ZIP{"06107", "06880", "06825"}[i%3], fmt.Sprint(i))
	}
	chs := map[channels.Name]channels.Channel{channels.Push: pushes, channels.Email: mails}
	s.send = dispatch.NewSender(s.Store, chs, dispatch.Options{Now: s.Now, Log: slog.New(slog.DiscardHandler),
		Lanes: map[channels.Name]dispatch.LaneOptions{channels.Push: {Rate: 40, Concurrency: 4}, channels.Email: {Rate: 20, Concurrency: 2}}})
	s.outage = s.Issue("", webtest.Alert)
	return s
}

// SubscribeDevice signs a device up.
func (s *sending) SubscribeDevice(subscription string, zip areas.ZIP) error {
	return s.SignUp(s.T.Context(), subscribers.SignUp{Channel: "push", Destination: subscription, Places: []areas.Place{{ZIP: zip}}})
}

// run lets time pass, sends, and does the desk's duties, until stop is called.
func (s *sending) run() (stop func()) {
	ctx, cancel := context.WithCancel(s.T.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for last := time.Now(); ; {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				s.Pass(now.Sub(last))
				last = now
			}
		}
	})
	wg.Go(func() { s.send.Run(ctx) })
	wg.Go(func() { s.Run(ctx) })
	return func() { cancel(); wg.Wait() }
}

// promise 13: at every sample what is shown adds up, and the time that it gives for nine of ten is that of
// the far sides.
func TestTheFiguresAddUpAtEverySampleAndAgreeWithTheFarSides(t *testing.T) {
	s := newSending(t)
	stop := s.run()
	defer stop()
	var ninety time.Time // by the far sides
	for samples := 0; ; samples++ {
		taken := int(s.push.Counts().Accepted) + s.mail.Count()
		if ninety.IsZero() && taken*10 >= (onPush+onMail)*9 {
			ninety = s.Now()
		}
		l, err := s.Live(t.Context(), s.Ada, s.outage, 0)
		s.OK(err)
		p := l.People
		if sum := p.Waiting + p.Accepted + p.Refused + p.Gone + p.Expired + p.Overtaken + p.Stopped + p.Uncertain; p.Targeted != sum || p.Targeted != onPush+onMail {
			t.Fatalf("sample %d: %+v does not add up to %d", samples, p, onPush+onMail)
		}
		if done := l.Milestones[1].At; p.Waiting == 0 && !done.IsZero() {
			if off := done.Sub(ninety).Abs(); off > time.Second {
				t.Errorf("nine of ten: the page says %s and the far sides %s, %s apart", done, ninety, off)
			}
			if p.Accepted != taken || samples < 3 {
				t.Errorf("accepted %d after %d samples, and the far sides took %d", p.Accepted, samples, taken)
			}
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the sending does not end")
		case <-time.After(20 * time.Millisecond):
		}
	}
}
