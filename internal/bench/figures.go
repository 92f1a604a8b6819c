package bench

import (
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"strings"

	"callbox/channels"
	"callbox/channels/push"
)

// sessions is how many connections each side opens to the mail server, and hands how many attempts ours
// makes at once: enough that a connection always has a next mail to send along.
const (
	sessions = 32
	hands    = 64
	pushes   = 64 // attempts at once, on both sides
)

// roll makes a database with n subscribers of a channel, once in a run.
func (r *run) roll(name channels.Name, n int, services ...string) (file string, e enrolled, err error) {
	where := fnv.New32a() // of other services, the devices are others too
	_, _ = where.Write([]byte(strings.Join(services, " ")))
	file = r.path(fmt.Sprintf("%s-%d-%x.db", name, n, where.Sum32()))
	if _, err := os.Stat(file); err == nil {
		return file, e, nil
	}
	r.Progress(fmt.Sprintf("signing up %d subscribers by %s", n, name))
	e, err = ask[enrolled](r.ctx, "enrol", enrolSpec{DB: file, Keys: r.path("keys"), Channel: name, N: n, Services: services})
	if err == nil {
		rate := sample{float64(n) / e.Seconds}
		r.add("sign-up", Row{Figure: "sign-up/" + strconv.Itoa(n), What: "subscribers put on the roll, " + string(name), Unit: "per second",
			Note: fmt.Sprintf("%.0f µs of CPU each, 500 in a transaction", e.CPU/float64(n)*1e6)}.ours(rate))
	}
	return file, e, err
}

// each is the processor time of one of n, in microseconds.
func each(cpu float64, n int) float64 { return cpu / float64(n) * 1e6 }

// profileOf is where the profile of our side of a figure goes.
func (r *run) profileOf(name string) string {
	if r.Profile == "" {
		return ""
	}
	return r.Profile + "/" + name + ".pprof"
}

// mail measures figures 1, 2, 8, 9 and 10 for each size.
func (r *run) mail() error {
	message, err := oneMail()
	if err != nil {
		return err
	}
	for _, on := range r.bases() {
		if err := r.mailOn(on, message); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) mailOn(on base, message []byte) error {
	var peaks []sample
	for _, n := range r.Sizes {
		db, err := on.roll(n)
		if err != nil {
			return err
		}
		if r.wants("1") || r.wants("2") || r.wants("8") {
			p, err := r.mailAt(on, n, message)
			if err != nil {
				return err
			}
			peaks = append(peaks, p)
		}
		if on.mark == "" && (r.wants("9") || r.wants("10")) {
			if err := r.ledger(db, n); err != nil {
				return err
			}
		}
	}
	if len(peaks) > 1 {
		small, large := peaks[0].median(), peaks[len(peaks)-1].median()
		r.add("8", Row{Figure: "8/growth" + on.mark, What: fmt.Sprintf("resident memory, growth from %d to %d", r.Sizes[0], r.Sizes[len(r.Sizes)-1]), Unit: "MB"}.
			ours(sample{large - small}).atMost(48, large-small, " MB"))
	}
	return nil
}

// mailAt sends to everybody of a database and beside it by the floor and by smtp-source, in turn.
func (r *run) mailAt(on base, n int, message []byte) (peaks sample, err error) {
	db, err := on.roll(n)
	if err != nil {
		return nil, err
	}
	far := farSide{Addr: r.sink.mail, Connections: sessions, Concurrency: hands}
	var cpu, floor, rate, source, sourceCPU, floorRate sample
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("mail to %d%s, round %d of %d", n, on.mark, round+1, r.Rounds))
		us, err := ask[sent](r.ctx, "send", sendSpec{DB: db, Keys: r.path("keys"), Channel: channels.Email, N: n, Far: far,
			Profile: r.profileOf(fmt.Sprintf("mail-%d%s", n, strings.ReplaceAll(on.mark, "/", "-")))})
		if err != nil {
			return nil, err
		}
		least, err := ask[looped](r.ctx, "mail-floor", loopSpec{Far: far, N: n, Message: message})
		if err != nil {
			return nil, err
		}
		cpu, floor = append(cpu, each(us.CPU, n)), append(floor, each(least.CPU, n))
		rate, floorRate = append(rate, float64(n)/us.Seconds), append(floorRate, float64(n)/least.Seconds)
		peaks = append(peaks, float64(us.Peak)/1e6)
		if r.sink.source == "" {
			continue
		}
		them, err := r.sink.postfixSource(r.ctx, r.sink.mail, sessions, n, len(message))
		if err != nil {
			return nil, err
		}
		source, sourceCPU = append(source, float64(n)/them.Seconds), append(sourceCPU, each(them.CPU, n))
	}
	size := strconv.Itoa(n) + on.mark
	one := Row{Figure: "1/" + size, What: "CPU per mail with the ledger", Unit: "µs",
		Note: fmt.Sprintf("mails of %d bytes; the goal is on the floor times 4.5, the floor alone sent %.0f a second", len(message), floorRate.median())}.
		ours(cpu).beside("pipelined floor, no ledger", floor, cpu)
	one.Ratio /= 4.5
	r.add("1", one.atMost(0.35, one.Ratio, " of 4.5 floors"))
	two := Row{Figure: "2/" + size, What: "mails per second, ledger on", Unit: "per second"}.ours(rate)
	if len(source) == 0 {
		two.Note = "smtp-source is not here: see --postfix"
		r.add("2", two)
	} else {
		two = two.beside("smtp-source, same sessions, connections kept", source, rate)
		two.Note = fmt.Sprintf("%d sessions; smtp-source takes %.0f µs of CPU", sessions, sourceCPU.median())
		r.add("2", two.atLeast(1, two.Ratio, ""))
	}
	r.add("8", Row{Figure: "8/" + size, What: "resident memory while sending to all, at the most", Unit: "MB"}.ours(peaks).atMost(96, peaks.median(), " MB"))
	return peaks, nil
}

// ledger measures figures 9 and 10 on a database.
func (r *run) ledger(file string, n int) error {
	var results, updated, whole, bytes, totals, scans, cpu sample
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("ledger of %d, round %d of %d", n, round+1, r.Rounds))
		us, err := ask[settled](r.ctx, "settle", settleSpec{DB: file, Keys: r.path("keys"), N: n, Profile: r.profileOf(fmt.Sprintf("ledger-%d", n))})
		if err != nil {
			return err
		}
		them, err := ask[bare](r.ctx, "rows", rowsSpec{DB: r.path(fmt.Sprintf("bare-%d-%d.db", n, round)), N: n})
		if err != nil {
			return err
		}
		results, updated = append(results, float64(n)/us.Flushing), append(updated, float64(n)/them.Seconds)
		whole = append(whole, float64(n)/(us.Leasing+us.Flushing))
		bytes, cpu = append(bytes, us.Bytes), append(cpu, each(us.CPU, n))
		totals, scans = append(totals, us.Totals*1e3), append(scans, them.Scan*1e3)
	}
	size := strconv.Itoa(n)
	r.add("9", Row{Figure: "9/" + size + "/bytes", What: "ledger on disk for each delivery", Unit: "bytes"}.ours(bytes).atMost(60, bytes.median(), ""))
	r.add("9", Row{Figure: "9/" + size + "/results", What: "results written per second", Unit: "per second"}.ours(results).
		beside("rows updated in a bare table", updated, results).atLeast(150_000, results.median(), " per second"))
	r.add("9", Row{Figure: "9/" + size + "/whole", What: "deliveries cut, leased, opened and settled per second, nothing sent", Unit: "per second",
		Note: fmt.Sprintf("%.1f µs of CPU for each", cpu.median())}.ours(whole))
	r.add("10", Row{Figure: "10/" + size, What: "totals by channel and area set", Unit: "ms"}.ours(totals).
		beside("counting the rows of a bare table", scans, totals).atMost(5, totals.median(), " ms"))
	return nil
}

// push measures figures 4 and 5.
func (r *run) push() error {
	message, err := onePush()
	if err != nil {
		return err
	}
	for _, n := range r.Sizes {
		if n > 100_000 {
			continue // a quarter of an hour of cryptography tells nothing new
		}
		file, _, err := r.roll(channels.Push, n, r.sink.URL)
		if err != nil {
			return err
		}
		far := farSide{Addr: r.sink.URL, Roots: r.sink.Roots, Engine: push.Native, Concurrency: pushes}
		var cpu, library, floor, rate, libraryRate sample
		for round := range r.Rounds {
			r.Progress(fmt.Sprintf("push to %d, round %d of %d", n, round+1, r.Rounds))
			us, err := ask[sent](r.ctx, "send", sendSpec{DB: file, Keys: r.path("keys"), Channel: channels.Push, N: n, Far: far,
				Profile: r.profileOf(fmt.Sprintf("push-%d", n))})
			if err != nil {
				return err
			}
			some := min(n, 20_000) // the bare loops need no more to settle
			them, err := ask[looped](r.ctx, "push-library", loopSpec{Far: far, N: some, Message: message})
			if err != nil {
				return err
			}
			least, err := ask[looped](r.ctx, "push-floor", loopSpec{Far: far, N: some, Message: message})
			if err != nil {
				return err
			}
			cpu, rate = append(cpu, each(us.CPU, n)), append(rate, float64(n)/us.Seconds)
			library, libraryRate = append(library, each(them.CPU, some)), append(libraryRate, float64(some)/them.Seconds)
			floor = append(floor, each(least.CPU, some))
		}
		size := strconv.Itoa(n)
		note := fmt.Sprintf("padded to %d bytes, TLS, HTTP/2; %.0f pushes a second, the library %.0f", recordSize(len(message)), rate.median(), libraryRate.median())
		four := Row{Figure: "4/" + size, What: "CPU per push with the ledger", Unit: "µs", Note: note}.ours(cpu).beside("webpush-go in a bare loop", library, cpu)
		r.add("4", four.atMost(0.55, four.Ratio, ""))
		five := Row{Figure: "5/" + size, What: "CPU per push with the ledger", Unit: "µs"}.ours(cpu).beside("cryptography alone", floor, cpu)
		r.add("5", five.atMost(1.7, five.Ratio, ""))
	}
	return nil
}
