package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callbox/channels"
	"callbox/outages"
)

// patience is how long a Send of the kit may take at most.
const patience = 10 * time.Second

// message makes a sample that a far side will take.
func (c Case) message(far Far, s Sample) channels.Message {
	m := s.Message()
	m.To = far.To()
	if c.Prepare != nil {
		c.Prepare(&m)
	}
	return m
}

func send(t *testing.T, ch channels.Channel, m channels.Message) (channels.Receipt, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return ch.Send(ctx, m)
}

// samples are the messages that are sent in every mode.
func samples() []Sample {
	var out []Sample
	for _, mode := range Modes {
		for _, towns := range []int{1, 3} {
			out = append(out, Sample{Mode: mode, Towns: towns}, Sample{Mode: mode, Towns: towns, Kind: outages.AllClear, Seq: 2})
		}
	}
	return out
}

func (s Sample) String() string { return fmt.Sprintf("%s %s for %d towns", s.Mode, s.Kind, s.Towns) }

// Promise 15: preview is the wire.
func (c Case) sendsWhatItComposes(t *testing.T) {
	for _, s := range samples() {
		ch, far := c.New(t)
		m := c.message(far, s)
		want, err := c.Compose(m)
		if err != nil {
			t.Fatalf("%v: Compose: %v", s, err)
		}
		again, _ := c.Compose(m)
		if diff := cmp.Diff(want, again); diff != "" {
			t.Errorf("%v: Compose is not pure (-first +second):\n%s", s, diff)
		}
		receipt, err := send(t, ch, m)
		if err != nil {
			t.Fatalf("%v: Send: %v", s, err)
		}
		var got [][]byte
		for _, r := range far.Received() {
			got = append(got, r.Wire)
		}
		if diff := cmp.Diff(texts(want), texts(got)); diff != "" {
			t.Errorf("%v: what the far side received is not what Compose made (-composed +received):\n%s", s, diff)
		}
		// A name that we chose is derived, and needs no receipt.
		if len(receipt) != 0 && len(receipt) != len(want) {
			t.Errorf("%v: the receipt names %d parts, want %d or none", s, len(receipt), len(want))
		}
	}
}

func texts(parts [][]byte) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = string(p)
	}
	return out
}

// Promise 3: the mode's word stands first in every string, and never in a live one.
func (c Case) modeStandsFirst(t *testing.T) {
	for _, s := range samples() {
		ch, far := c.New(t)
		if _, err := send(t, ch, c.message(far, s)); err != nil {
			t.Fatalf("%v: Send: %v", s, err)
		}
		for _, r := range far.Received() {
			if len(r.Screen) == 0 {
				t.Errorf("%v: the far side shows nothing on a screen", s)
			}
			for _, line := range r.Screen {
				if got := leadingMark(line); !slices.Contains(marks[s.Mode], got) {
					t.Errorf("%v: the mode's word of %q is %q, want one of %q", s, line, got, marks[s.Mode])
				}
			}
		}
	}
}

var marks = map[outages.Mode][]string{
	outages.Live:  {""},
	outages.Drill: {english.drill, spanish.drill},
	outages.Test:  {english.test, spanish.test},
}

// leadingMark returns the mode's word that a string starts with, or empty. Markup of a channel, such as
// asterisks, may stand before it.
func leadingMark(s string) string {
	s = strings.TrimLeft(s, "*_#> \t\r\n[")
	for _, of := range marks {
		for _, m := range of {
			if m != "" && strings.HasPrefix(s, m) {
				return m
			}
		}
	}
	return ""
}

func (c Case) leavesTheMessage(t *testing.T) {
	ch, far := c.New(t)
	m := c.message(far, Sample{Mode: outages.Drill, Towns: 3})
	before, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := send(t, ch, m); err != nil {
		t.Fatalf("Send: %v", err)
	}
	after, _ := json.Marshal(m)
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("Send changed its message (-before +after):\n%s", diff)
	}
}

// Promise 5: a repeat is invisible, or at least bears the same name. A far side that knows the name may
// drop the second.
func (c Case) derivesItsName(t *testing.T) {
	ch, far := c.New(t)
	m := c.message(far, Sample{})
	if _, err := send(t, ch, m); err != nil {
		t.Fatalf("first Send: %v", err)
	}
	first := far.Received()
	if _, err := send(t, ch, m); err != nil {
		t.Fatalf("second Send: %v", err)
	}
	second := far.Received()[len(first):]
	if len(second) != 0 && len(second) != len(first) {
		t.Fatalf("the second Send gave %d parts, want %d as the first, or none", len(second), len(first))
	}
	for i, r := range second {
		if r.Key != first[i].Key {
			t.Errorf("part %d: the second Send is named %q, want %q as the first", i+1, r.Key, first[i].Key)
		}
	}
}

func (c Case) knowsItsOutcomes(t *testing.T) {
	for answer, want := range c.Outcomes {
		t.Run(string(answer), func(t *testing.T) {
			t.Parallel()
			ch, far := c.New(t)
			far.Next(answer)
			_, err := send(t, ch, c.message(far, Sample{}))
			Leaks(t, err, far.Secrets()...)
			if got := outcome(err); got != want {
				t.Fatalf("outcome is %s (error: %v), want %s", got, err, want)
			}
			_, wait := channels.VerdictOf(err)
			switch {
			case answer == BusyFor && wait != Wait:
				t.Errorf("asks to wait %v, want %v", wait, Wait)
			case answer == Away && wait <= 0: // how long depends on the channel's clock
				t.Errorf("asks to wait %v, want more than 0", wait)
			}
		})
	}
}

func outcome(err error) Outcome {
	if err == nil {
		return Accepted
	}
	v, _ := channels.VerdictOf(err)
	return Outcome(v.String())
}

// Leaks fails the test if an error, or one it wraps, shows one of the secrets.
func Leaks(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for i, s := range secrets {
			if s != "" && strings.Contains(fmt.Sprintf("%v %+v", err, err), s) {
				t.Errorf("error shows secret %d of the far side (%T)", i, err)
			}
		}
	}
}

func (c Case) obeysTheContext(t *testing.T) {
	ch, far := c.New(t)
	if _, ok := c.Outcomes[Silent]; ok {
		far.Next(Silent)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	ch.Send(ctx, c.message(far, Sample{}))
	if took := time.Since(begun); took > 900*time.Millisecond {
		t.Errorf("Send returned %v after a deadline of 50ms", took)
	}
}

func (c Case) sendsAtOnce(t *testing.T) {
	const n = 16
	ch, far := c.New(t)
	shared := c.message(far, Sample{Towns: 2}).Texts // as the workers of a batch share them
	want, failed := map[string]int{}, make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		m := c.message(far, Sample{Towns: 2, Outage: fmt.Sprintf("o-%d", i)})
		m.Texts = shared
		parts, err := c.Compose(m)
		if err != nil {
			t.Fatalf("Compose: %v", err)
		}
		for _, p := range parts {
			want[string(p)]++
		}
		wg.Go(func() { _, failed[i] = send(t, ch, m) })
	}
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatalf("of %d Sends some failed: %v", n, err)
	}
	got := map[string]int{}
	for _, r := range far.Received() {
		got[string(r.Wire)]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("how often each part arrived (-want +got):\n%s", diff)
	}
}
