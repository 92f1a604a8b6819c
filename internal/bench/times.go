package bench

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"callbox/channels"
	"callbox/channels/push"
)

// distant measures figure 3: a relay at 10 ms, ten connections.
func (r *run) distant() error {
	if r.sink.source == "" {
		r.add("3", Row{What: "mails per second at 10 ms round trip, 10 connections", Unit: "per second", Note: "smtp-source is not here: see --postfix"})
		return nil
	}
	const connections = 10
	n, few := r.some(5_000), r.some(1_000)
	file, _, err := r.roll(channels.Email, n)
	if err != nil {
		return err
	}
	message, err := oneMail()
	if err != nil {
		return err
	}
	cable, err := start(r.ctx, "delay", delaySpec{To: r.sink.mail, Way: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	var addr string
	if err := cable.hear(&addr); err != nil {
		return err
	}
	var ours, theirs sample
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("mail over a distance, round %d of %d", round+1, r.Rounds))
		us, err := ask[sent](r.ctx, "send", sendSpec{DB: file, Keys: r.path("keys"), Channel: channels.Email, N: n,
			Far: farSide{Addr: addr, Connections: connections, Concurrency: 4 * connections}})
		if err != nil {
			return errors.Join(err, cable.end())
		}
		them, err := r.sink.postfixSource(r.ctx, addr, connections, few, len(message))
		if err != nil {
			return errors.Join(err, cable.end())
		}
		ours, theirs = append(ours, float64(n)/us.Seconds), append(theirs, float64(few)/them.Seconds)
	}
	row := Row{What: "mails per second at 10 ms round trip, 10 connections", Unit: "per second"}.ours(ours).
		beside("smtp-source at the same round trip", theirs, ours)
	r.add("3", row.atLeast(1.5, row.Ratio, ""))
	return cable.end()
}

// beside measures figure 6: a push service that answers in 2 s beside one that answers in 20 ms.
func (r *run) beside() error {
	n := r.some(8_000) // devices of each service
	fast, fastAt, err := startPush(r.ctx, pushFar{Wait: 20 * time.Millisecond})
	if err != nil {
		return err
	}
	slow, slowAt, err := startPush(r.ctx, pushFar{Wait: 2 * time.Second})
	if err != nil {
		return errors.Join(err, fast.end())
	}
	err = r.besides(n, fastAt, slowAt)
	return errors.Join(err, fast.end(), slow.end())
}

func (r *run) besides(n int, fast, slow pushReady) error {
	alone, _, err := r.roll(channels.Push, n, fast.URL)
	if err != nil {
		return err
	}
	both, _, err := r.roll(channels.Push, 2*n, fast.URL, slow.URL)
	if err != nil {
		return err
	}
	far := farSide{Roots: append(fast.Roots, slow.Roots...), Engine: push.Native, Concurrency: pushes}
	var rate, rateAlone sample
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("a slow push service beside a fast one, round %d of %d", round+1, r.Rounds))
		for _, side := range []struct {
			db string
			to *sample
		}{{both, &rate}, {alone, &rateAlone}} {
			us, err := ask[sent](r.ctx, "send", sendSpec{DB: side.db, Keys: r.path("keys"), Channel: channels.Push, N: n, Far: far, Host: fast.URL[len("https://"):]})
			if err != nil {
				return err
			}
			*side.to = append(*side.to, float64(n)/us.Seconds)
		}
	}
	row := Row{What: "pushes to a service that answers in 20 ms beside one in 2 s", Unit: "per second"}.ours(rate).
		beside("the fast one alone", rateAlone, rate)
	r.add("6", row.atLeast(0.95, row.Ratio, ""))
	return nil
}

// first measures figure 7.
func (r *run) first() error {
	for _, on := range r.bases() {
		if err := r.firstOn(on); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) firstOn(on base) error {
	sizes := append([]int{1_000}, r.Sizes...)
	waits, issuing := make([]sample, len(sizes)), make([]sample, len(sizes))
	for round := range max(r.Rounds, 4) {
		for i, n := range sizes {
			db, err := on.roll(n)
			if err != nil {
				return err
			}
			r.Progress(fmt.Sprintf("first mail of %d%s, round %d", n, on.mark, round+1))
			us, err := ask[firsts](r.ctx, "first", firstSpec{DB: db, Keys: r.path("keys"), Times: r.alerts,
				Far: farSide{Addr: r.sink.mail, Connections: sessions, Concurrency: hands}})
			if err != nil {
				return err
			}
			waits[i], issuing[i] = append(waits[i], us.First...), append(issuing[i], us.Issue...)
		}
	}
	for i, n := range sizes {
		figure, p50, p99 := "7/"+strconv.Itoa(n)+on.mark, waits[i].median(), waits[i].percentile(99)
		r.add("7", Row{Figure: figure + "/p50", What: "durable accept to first acceptance by the far side", Unit: "ms",
			Note: fmt.Sprintf("%d alerts; the issue itself takes %.1f ms (p99 %.1f)", len(waits[i]), issuing[i].median(), issuing[i].percentile(99))}.
			ours(waits[i]).atMost(50, p50, " ms"))
		r.add("7", Row{Figure: figure + "/p99", What: "the same, 99 of 100", Unit: "ms"}.ours(sample{p99}).atMost(250, p99, " ms"))
		if i == len(sizes)-1 {
			grown := p50 / waits[0].median()
			r.add("7", Row{Figure: "7/growth" + on.mark, What: fmt.Sprintf("wait with %d subscribers to that with 1000", n), Unit: "ratio"}.ours(sample{grown}).atMost(1.5, grown, ""))
		}
	}
	return nil
}
