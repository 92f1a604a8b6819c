package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// How the readers of the load test behave.
const (
	lookEvery = 20 * time.Second // each
	quietFor  = 10 * time.Second // before the alert
	perSignUp = 500              // readers, of whom one signs up every second
)

// loaded is what came of a load test.
type loaded struct {
	began, ended time.Time // of the sending: approval, last acceptance
	letters      time.Time // when the last letter to a newcomer was written
	asked        []asked
	mails        mailCount
	pushes       tally
	accepted     int // by the ledger
	peak         int64
	cpu          time.Duration
}

// load measures what residents see of the pages while everybody is told: the whole program, with the far
// sides and the readers in processes of their own. It fails where a page does or a delivery is lost.
func (r *run) load() error {
	if r.Program == "" {
		r.add("load", Row{What: "pages and feed while deliveries run", Note: "no program is named: see --program"})
		return nil
	}
	dir := r.path("load")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	p := &program{binary: r.Program, dir: dir, keys: map[string]string{}}
	mail, err := start(r.ctx, "mail-tally", struct{}{})
	if err != nil {
		return err
	}
	var relay string
	if err := mail.hear(&relay); err != nil {
		return err
	}
	service, at, err := startPush(r.ctx, pushFar{Count: true, Plain: true})
	if err != nil {
		return errors.Join(err, mail.end())
	}
	got, err := r.loadOn(p, relay, at)
	_ = mail.in.Close() // it says now what it was given
	if err = errors.Join(err, mail.hear(&got.mails), mail.end(), service.end()); err != nil {
		return err
	}
	return r.loadRows(got)
}

func (r *run) loadOn(p *program, relay string, at pushReady) (got loaded, err error) {
	r.Progress(fmt.Sprintf("load: %d residents on the roll", r.Deliveries))
	if err := p.install(r.ctx, relay); err != nil {
		return got, err
	}
	if err := p.enrol(r.ctx, r.Deliveries, at.URL); err != nil {
		return got, err
	}
	server, err := p.serve(r.ctx)
	if err != nil {
		return got, err
	}
	err = r.loadServed(p, server, &got)
	got.peak = peakOf(server.Process.Pid)
	cpu, e := p.end(server)
	got.cpu = cpu
	if err = errors.Join(err, e); err == nil {
		got.pushes, err = tallyOf(r.ctx, at)
	}
	return got, err
}

func (r *run) loadServed(p *program, server *exec.Cmd, got *loaded) error {
	if err := ready(r.ctx, "http://"+p.addr+"/readyz"); err != nil {
		return err
	}
	r.Progress(fmt.Sprintf("load: %d readers, %d deliveries", r.Readers, r.Deliveries))
	spec := readersSpec{Addr: p.addr, Readers: r.Readers, Every: lookEvery, SignUps: float64(r.Readers) / perSignUp, ZIP: loadTowns[0].zip}
	for _, t := range loadTowns {
		spec.Paths = append(spec.Paths, "/zip/"+t.zip)
	}
	spec.Paths = append(spec.Paths, feedPath, "/cap/atom.xml")
	crowd, err := start(r.ctx, "readers", spec)
	if err != nil {
		return err
	}
	var open bool
	if err := crowd.hear(&open); err != nil {
		return err
	}
	time.Sleep(quietFor)
	err = r.loadAlert(p, got)
	_ = crowd.in.Close() // it says now what it saw
	return errors.Join(err, crowd.hear(&got.asked), crowd.end())
}

// loadAlert has an alert told to everybody, and waits for that and for the letters that stood back.
func (r *run) loadAlert(p *program, got *loaded) error {
	l, err := openLedger(r.ctx, filepath.Join(p.dir, "callbox.db"), filepath.Join(p.dir, "callbox.keys"))
	if err != nil {
		return err
	}
	outage, err := p.alert(r.ctx)
	got.began = time.Now()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	all := r.Deliveries + 1 // and the feed
	err = eventually(r.ctx, 10*time.Minute, "the last delivery", func() (bool, error) {
		var err error
		got.accepted, _, err = l.accepted(r.ctx, outage)
		return got.accepted >= all, err
	})
	got.ended = time.Now()
	if err == nil {
		err = eventually(r.ctx, 2*time.Minute, "the last letter to a newcomer", func() (bool, error) {
			due, err := l.LettersDue(r.ctx)
			return !due, err
		})
	}
	got.letters = time.Now()
	return errors.Join(err, l.Close())
}

// eventually asks again and again until something is so.
func eventually(ctx context.Context, within time.Duration, what string, is func() (bool, error)) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(within); ; {
		if ok, err := is(); ok || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s did not come within %v", what, within)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ready waits until a URL answers 200.
func ready(ctx context.Context, url string) error {
	return eventually(ctx, 30*time.Second, "an answer of "+url, func() (bool, error) {
		res, err := http.Get(url)
		if err != nil {
			return false, nil // it does not listen yet
		}
		return res.StatusCode == http.StatusOK, res.Body.Close()
	})
}

// loadRows judges a load test. What no goal may miss is an error too, so that a run in CI ends with it.
func (r *run) loadRows(got loaded) error {
	var quiet, during, signing sample
	trouble := map[string]int{}
	errs, put, later := 0, 0, 0
	for _, a := range got.asked {
		sending := a.At >= got.began.UnixMilli() && a.At <= got.ended.UnixMilli()
		switch {
		case a.Came != answered && a.Came != deferred:
			errs++
			trouble[a.What+": "+a.Came]++
		case a.What != signUpPath && sending:
			during = append(during, a.Took)
		case a.What != signUpPath && a.At < got.began.UnixMilli():
			quiet = append(quiet, a.Took)
		case a.What == signUpPath && a.Came == deferred:
			later++
		case a.What == signUpPath:
			put++
			signing = append(signing, a.Took)
		}
	}
	half := r.Deliveries / 2
	lost := r.Deliveries - half - got.mails.Residents + half - got.pushes.Devices
	repeats := got.mails.Repeats + got.pushes.Repeats
	took := got.ended.Sub(got.began)
	what := fmt.Sprintf("pages and feed to %d readers while %d deliveries run", r.Readers, r.Deliveries)
	for _, p := range []struct {
		name string
		of   float64
	}{{"p50", 50}, {"p99", 99}, {"max", 100}} {
		r.add("load", Row{Figure: "load/" + p.name, What: what + ", " + p.name, Unit: "ms"}.ours(sample{during.percentile(p.of)}).
			beside("before the alert", sample{quiet.percentile(p.of)}, sample{during.percentile(p.of)}))
	}
	r.add("load", Row{Figure: "load/errors", What: "errors on pages, feed and sign-ups", Unit: "requests",
		Note: fmt.Sprintf("of %d requests, %d of them while the alert was sent", len(got.asked), len(during))}.ours(sample{float64(errs)}).
		atMost(0, float64(errs), ""))
	r.add("load", Row{Figure: "load/lost", What: fmt.Sprintf("of %d deliveries, half by mail and half by push, lost", r.Deliveries), Unit: "deliveries",
		Note: fmt.Sprintf("the ledger has %d accepted, the feed among them; repeated: %d", got.accepted, repeats)}.ours(sample{float64(lost)}).
		atMost(0, float64(lost), ""))
	r.add("load", Row{Figure: "load/rate", What: "deliveries meanwhile", Unit: "per second",
		Note: fmt.Sprintf("%.1f s from the approval on, with an undo window of 1 s", took.Seconds())}.ours(sample{float64(r.Deliveries) / took.Seconds()}))
	r.add("load", Row{Figure: "load/sign-ups", What: "sign-ups meanwhile, 99 of 100", Unit: "ms",
		Note: fmt.Sprintf("%d taken, %d asked to come later; of their letters, which stand back for alerts by mail, %d were written, all that were due %.1f s after the last delivery",
			put, later, got.mails.Letters, got.letters.Sub(got.ended).Seconds())}.ours(sample{signing.percentile(99)}))
	r.add("load", Row{Figure: "load/memory", What: "resident memory of the program, at the most", Unit: "MB",
		Note: fmt.Sprintf("%.1f s of processor time in all", got.cpu.Seconds())}.ours(sample{float64(got.peak) / 1e6}))
	if errs > 0 || lost != 0 || repeats > 0 {
		return fmt.Errorf("%d lost, %d repeated, %d errors: %v", lost, repeats, errs, slices.Sorted(maps.Keys(trouble)))
	}
	return nil
}
