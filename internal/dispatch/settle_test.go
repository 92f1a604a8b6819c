package dispatch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/channels"
)

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

func TestEveryOutcomeOfAnAttemptHasOneFate(t *testing.T) {
	failed := errors.New("connection refused")
	end := noon.Add(4 * time.Hour)
	tests := []struct {
		name     string
		before   Delivery
		err      error
		fate     Fate
		attempts int
		reason   string
	}{
		{"taken", Delivery{}, nil, Accepted, 1, ""},
		{"taken after a failure, whose reason is over", Delivery{Attempts: 1, Reason: "busy"}, nil, Accepted, 2, ""},
		{"taken in the second after the end", Delivery{Expires: noon.Add(-time.Second)}, nil, Accepted, 1, ""},
		{"a plain error", Delivery{Expires: end}, failed, Waiting, 1, "connection refused"},
		{"later", Delivery{Expires: end}, channels.As(channels.Later, failed), Waiting, 1, "connection refused"},
		{"later, with a wait", Delivery{Expires: end}, channels.After(time.Minute, failed), Waiting, 1, "connection refused"},
		{"later, but the time is over", Delivery{Expires: noon}, failed, Expired, 1, "connection refused"},
		{"refused", Delivery{Expires: end}, channels.As(channels.Refused, failed), Refused, 1, "connection refused"},
		{"gone by the far side's word", Delivery{Expires: end}, channels.As(channels.Gone, failed), Gone, 1, "connection refused"},
		{"broken leaves it as it was", Delivery{Expires: end, Attempts: 2, Reason: "busy"}, channels.As(channels.Broken, failed), Waiting, 2, "busy"},
		{"broken after the end still is not its fault", Delivery{Expires: noon}, channels.As(channels.Broken, failed), Waiting, 0, ""},
		{"uncertain is not repeated", Delivery{Expires: end}, channels.As(channels.Uncertain, failed), Uncertain, 1, "connection refused"},
		{"a bounce moves accepted to gone", Delivery{Fate: Accepted, Attempts: 1}, channels.As(channels.Gone, failed), Gone, 1, "connection refused"},
		{"a bounce moves accepted to refused", Delivery{Fate: Accepted, Attempts: 1}, channels.As(channels.Refused, failed), Refused, 1, "connection refused"},
		{"a bounce clears up the uncertain", Delivery{Fate: Uncertain, Attempts: 1}, channels.As(channels.Gone, failed), Gone, 1, "connection refused"},
		{"a delay report moves nothing", Delivery{Fate: Accepted, Attempts: 1}, failed, Accepted, 1, ""},
		{"stopped is final", Delivery{Fate: Stopped}, channels.As(channels.Gone, failed), Stopped, 0, ""},
		{"gone is final", Delivery{Fate: Gone, Attempts: 1}, nil, Gone, 1, ""},
		{"overtaken is final", Delivery{Fate: Overtaken}, nil, Overtaken, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.before.Settle(noon, nil, test.err)
			if got.Fate != test.fate || got.Attempts != test.attempts || got.Reason != test.reason {
				t.Errorf("got fate %d, %d attempts, reason %q; want %d, %d, %q",
					got.Fate, got.Attempts, got.Reason, test.fate, test.attempts, test.reason)
			}
			if moved := got.Fate != test.before.Fate; moved != got.At.Equal(noon) {
				t.Errorf("moved: %v, but the time of the last change is %v", moved, got.At)
			}
			if waits := got.Fate == Waiting && got.Attempts > test.before.Attempts; waits == got.NextAt.IsZero() {
				t.Errorf("fate %d with a next attempt at %v", got.Fate, got.NextAt)
			}
		})
	}
}

// Promise 7: of all that can happen, only the verdict Gone retires an address.
func TestOnlyTheFarSidesWordMakesAnAddressGone(t *testing.T) {
	for v := channels.Later; v <= channels.Uncertain; v++ {
		for _, attempts := range []int{0, 1, 100} {
			got := Delivery{Attempts: attempts, Expires: noon.Add(time.Hour)}.Settle(noon, nil, channels.As(v, errors.New("no route to host")))
			if gone := got.Fate == Gone; gone != (v == channels.Gone) {
				t.Errorf("%s after %d attempts: got fate %d", v, attempts, got.Fate)
			}
		}
	}
}

func TestBackoffGrowsFromFiveSecondsToAQuarterOfAnHour(t *testing.T) {
	d := Delivery{Bulletin: 1, Address: 7}
	var total time.Duration
	for n, about := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900} {
		about *= time.Second
		now := noon.Add(total)
		d = d.Settle(now, nil, errors.New("busy"))
		got := d.NextAt.Sub(now)
		if got < about*8/10 || got > about*12/10 {
			t.Errorf("wait %d: got %v, want about %v", n+1, got, about)
		}
		total += got
	}
}

func TestThoseWhoFailedTogetherDoNotComeBackTogether(t *testing.T) {
	slots := map[time.Duration]int{}
	for a := range int64(1000) {
		d := Delivery{Bulletin: 1, Address: a}.Settle(noon, nil, errors.New("busy"))
		slots[d.NextAt.Sub(noon).Truncate(100*time.Millisecond)]++
		again := Delivery{Bulletin: 1, Address: a}.Settle(noon, nil, errors.New("busy"))
		if !again.NextAt.Equal(d.NextAt) {
			t.Fatalf("address %d: %v, then %v: not a pure function", a, d.NextAt, again.NextAt)
		}
	}
	for at, n := range slots {
		if n > 100 {
			t.Errorf("%d of 1000 come back in the tenth of a second after %v", n, at)
		}
	}
}

func TestTheNextAttemptHonoursTheFarSideAndTheEnd(t *testing.T) {
	busy := errors.New("busy")
	tests := []struct {
		name    string
		expires time.Duration
		before  int // attempts
		err     error
		want    time.Duration
	}{
		{"what the far side asks for replaces backoff", 4 * time.Hour, 9, channels.After(30*time.Second, busy), 30 * time.Second},
		{"a wait is believed up to an hour", 4 * time.Hour, 0, channels.After(24*time.Hour, busy), channels.MaxWait},
		{"a wait beyond the end ends there", time.Minute, 0, channels.After(10*time.Minute, busy), time.Minute},
		{"no hammering", 4 * time.Hour, 0, channels.After(time.Millisecond, busy), time.Second},
		{"a backoff beyond the end leaves a last call", 5 * time.Minute, 12, busy, 5*time.Minute - lastCall},
		{"after the last call it waits for the end", 5 * time.Second, 12, busy, 5 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Delivery{Attempts: test.before, Expires: noon.Add(test.expires)}
			if got := d.Settle(noon, nil, test.err).NextAt.Sub(noon); got != test.want {
				t.Errorf("got a wait of %v, want %v", got, test.want)
			}
		})
	}
}

func TestPartsThatWerePlacedAreKeptWhateverHappens(t *testing.T) {
	part := func(ids ...string) (r channels.Receipt) {
		for _, id := range ids {
			r = append(r, channels.Part{ID: id})
		}
		return r
	}
	for _, verdict := range []channels.Verdict{channels.Later, channels.Refused, channels.Broken, channels.Uncertain} {
		d := Delivery{Receipt: part("1")}.Settle(noon, part("2"), channels.As(verdict, errors.New("reset")))
		if want := part("1", "2"); !slices.Equal(d.Receipt, want) {
			t.Errorf("%s: got %v, want %v", verdict, d.Receipt, want)
		}
	}
	whole := Delivery{Receipt: part("1")}.Settle(noon, part("1", "2", "3"), nil)
	if want := part("1", "2", "3"); !slices.Equal(whole.Receipt, want) {
		t.Errorf("a receipt that names the former parts again: got %v, want %v", whole.Receipt, want)
	}
}

func TestAReasonIsOneShortLine(t *testing.T) {
	long := channels.As(channels.Refused, fmt.Errorf("line one\r\nline two %s", strings.Repeat("é", 300)))
	got := Delivery{}.Settle(noon, nil, long).Reason
	if strings.ContainsAny(got, "\r\n") || len(got) > maxReason+len("…") || !strings.HasPrefix(got, "line one  line two") {
		t.Errorf("got %q", got)
	}
}
