package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"callbox/subscribers"
)

// signUpsPerSecond is the goal of a surge: a town that was just told to sign up.
const signUpsPerSecond = 100

// surged is what came of a surge.
type surged struct {
	asked  []asked
	mails  mailCount
	rows   int           // not confirmed yet, on the roll after the kill
	caught time.Duration // from the next start to the last letter
}

// surge has many sign up at once, kills the program in the middle of that, and starts it again: who was
// told "look into your mailbox" stands on the roll and gets the letter.
func (r *run) surge() error {
	if r.Program == "" {
		r.add("surge", Row{What: "sign-ups in a surge", Note: "no program is named: see --program"})
		return nil
	}
	p := &program{binary: r.Program, dir: r.path("surge"), keys: map[string]string{}}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		return err
	}
	mail, err := start(r.ctx, "mail-tally", struct{}{})
	if err != nil {
		return err
	}
	var relay string
	if err := mail.hear(&relay); err != nil {
		return err
	}
	var got surged
	err = r.surgeOn(p, relay, &got)
	_ = mail.in.Close() // it says now what it was given
	if err = errors.Join(err, mail.hear(&got.mails), mail.end()); err != nil {
		return err
	}
	return r.surgeRows(got)
}

func (r *run) surgeOn(p *program, relay string, got *surged) error {
	r.Progress(fmt.Sprintf("%d sign-ups a second for %v, then kill -9", signUpsPerSecond, r.surgeFor))
	if err := p.install(r.ctx, relay); err != nil {
		return err
	}
	server, err := p.serve(r.ctx)
	if err != nil {
		return err
	}
	if err := ready(r.ctx, "http://"+p.addr+"/readyz"); err != nil {
		return errors.Join(err, server.Process.Kill(), server.Wait())
	}
	crowd, err := start(r.ctx, "readers", readersSpec{Addr: p.addr, SignUps: signUpsPerSecond, ZIP: loadTowns[0].zip})
	if err != nil {
		return errors.Join(err, server.Process.Kill(), server.Wait())
	}
	var open bool
	err = crowd.hear(&open)
	time.Sleep(r.surgeFor)
	err = errors.Join(err, server.Process.Kill(), p.output.Close())
	_ = server.Wait() // killed
	_ = crowd.in.Close()
	if err = errors.Join(err, crowd.hear(&got.asked), crowd.end()); err != nil {
		return err
	}
	if server, err = p.serve(r.ctx); err != nil {
		return err
	}
	began := time.Now()
	l, err := openLedger(r.ctx, filepath.Join(p.dir, "callbox.db"), filepath.Join(p.dir, "callbox.keys"))
	if err != nil {
		return errors.Join(err, server.Process.Kill(), server.Wait())
	}
	err = eventually(r.ctx, time.Minute, "the last letter", func() (bool, error) {
		due, err := l.LettersDue(r.ctx)
		return !due, err
	})
	got.caught = time.Since(began)
	overview, e := l.Overview(r.ctx, string(subscribers.Live))
	got.rows = overview.Unconfirmed
	_, ended := p.end(server)
	return errors.Join(err, e, l.Close(), ended)
}

// surgeRows judges a surge: nobody who was answered may be missing.
func (r *run) surgeRows(got surged) error {
	var waits sample
	var first, last int64
	deferrals := 0
	for _, a := range got.asked {
		switch a.Came {
		case answered:
			waits = append(waits, a.Took)
			if first == 0 {
				first = a.At
			}
			first, last = min(first, a.At), max(last, a.At)
		case deferred:
			deferrals++
		}
	}
	n := len(waits)
	rate := float64(n-1) / (float64(last-first) / 1000)
	r.add("surge", Row{Figure: "surge/rate", What: "sign-ups taken by the whole program", Unit: "per second",
		Note: fmt.Sprintf("%d taken, %d asked to come later, %d in the air when the program was killed; 99 of 100 were answered within %.0f ms",
			n, deferrals, len(got.asked)-n-deferrals, waits.percentile(99))}.ours(sample{rate}).atLeast(0.98*signUpsPerSecond, rate, ""))
	missing := float64(max(0, n-got.mails.Newcomers, n-got.rows))
	r.add("surge", Row{Figure: "surge/missing", What: "taken, and missing on the roll or without a letter after kill -9", Unit: "sign-ups",
		Note: fmt.Sprintf("%d on the roll, %d letters to %d mailboxes, the last %.1f s after the next start", got.rows, got.mails.Letters, got.mails.Newcomers, got.caught.Seconds())}.
		ours(sample{missing}).atMost(0, missing, ""))
	if missing > 0 {
		return fmt.Errorf("of %d sign-ups, %d are on the roll and %d got a letter", n, got.rows, got.mails.Newcomers)
	}
	return nil
}
