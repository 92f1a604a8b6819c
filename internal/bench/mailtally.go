package bench

import (
	"context"
	"errors"
	"strings"

	"callbox/channels/email/mailtest"
)

// newcomers is how the addresses begin that sign up while an alert is sent: theirs are letters, not alerts.
const newcomers = "newcomer"

// mailCount is what a mail server was given.
type mailCount struct {
	Residents int // who were given an alert
	Repeats   int // that they were given beside the first
	Letters   int // to newcomers
	Newcomers int // who were given one
}

// mailTally is a mail server that says at its end what it was given.
func mailTally(ctx context.Context, _ struct{}, say func(any) error) error {
	s, err := mailtest.Start(mailtest.Options{})
	if err != nil {
		return err
	}
	if err := say(s.Addr()); err != nil {
		return errors.Join(err, s.Close())
	}
	<-ctx.Done()
	var n mailCount
	seen, newcome := map[string]bool{}, map[string]bool{}
	for _, m := range s.Mails() {
		switch {
		case strings.HasPrefix(m.To, newcomers):
			n.Letters++
			newcome[m.To] = true
		case seen[m.To]:
			n.Repeats++
		default:
			seen[m.To] = true
		}
	}
	n.Residents, n.Newcomers = len(seen), len(newcome)
	return errors.Join(say(n), s.Close())
}
