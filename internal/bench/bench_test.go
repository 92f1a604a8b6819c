package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// A part of a benchmark runs in a process of its own: here it is this test binary again.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == partVerb {
		if err := Part(context.Background(), os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestEveryFigureIsMeasuredBesideItsReference(t *testing.T) {
	rows, err := Run(t.Context(), Options{Sizes: []int{100, 200}, Rounds: 1, alerts: 2, busy: time.Second / 2, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]Row{}
	for _, r := range rows {
		figure, _, _ := strings.Cut(r.Figure, "/")
		seen[figure] = r
		mayBeNothing := r.Figure == "8/growth" || figure == "15" // memory need not grow; nobody is missed, or told twice
		if !mayBeNothing && r.Ours <= 0 && r.Note == "" {
			t.Errorf("figure %s: %v %s, want more than 0", r.Figure, r.Ours, r.Unit)
		}
		if r.ReferenceWhat != "" && (r.Reference <= 0 || r.Ratio <= 0) {
			t.Errorf("figure %s: reference %v, ratio %v, want more than 0", r.Figure, r.Reference, r.Ratio)
		}
	}
	for _, figure := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "load", "surge", "sign-up"} {
		if _, ok := seen[figure]; !ok {
			t.Errorf("figure %s is missing", figure)
		}
	}
	for _, figure := range []string{"2", "3"} { // without smtp-source
		if r := seen[figure]; r.Met != nil || !strings.Contains(r.Note, "smtp-source") {
			t.Errorf("figure %s without its reference: met %v, note %q; want neither yes nor no, and why", figure, r.Met, r.Note)
		}
	}
}

func TestARowTellsWhatWasMeasured(t *testing.T) {
	ours, theirs := sample{30, 10, 20}, sample{60, 40, 50}
	row := Row{Figure: "1"}.ours(ours).beside("them", theirs, ours)
	if row.Ours != 20 || row.OursRange != [2]float64{10, 30} || row.Reference != 50 || row.Ratio != 0.4 {
		t.Errorf("got %+v, want the medians 20 and 50, the range 10 to 30, and 0.4, the median of the rounds' ratios", row)
	}
	for _, c := range []struct {
		row  Row
		met  bool
		goal string
	}{
		{row.atMost(0.5, row.Ratio, ""), true, "<= 0.5"},
		{row.atMost(0.3, row.Ratio, " ms"), false, "<= 0.3 ms"},
		{row.atLeast(0.3, row.Ratio, ""), true, ">= 0.3"},
		{row.atLeast(1, row.Ratio, ""), false, ">= 1"},
	} {
		if c.row.Met == nil || *c.row.Met != c.met || c.row.Goal != c.goal {
			t.Errorf("goal %q: met %v, want %v and %q", c.row.Goal, c.row.Met, c.met, c.goal)
		}
	}
	data, err := json.Marshal(Row{Figure: "2"})
	if want := `{"figure":"2","what":"","unit":"","ours":0,"ours_range":[0,0],"met":null}`; err != nil || string(data) != want {
		t.Errorf("a row without a reference: %s, %v; want %s", data, err, want)
	}
}

func TestPercentiles(t *testing.T) {
	var s sample
	for i := range 100 {
		s = append(s, float64(100-i))
	}
	for p, want := range map[float64]float64{1: 1, 50: 50, 99: 99, 100: 100} {
		if got := s.percentile(p); got != want {
			t.Errorf("percentile %v of 1 to 100: %v, want %v", p, got, want)
		}
	}
	if got := s.median(); got != 50.5 {
		t.Errorf("median of 1 to 100: %v, want 50.5", got)
	}
	if got := (sample{}).median(); got != 0 {
		t.Errorf("median of nothing: %v, want 0", got)
	}
}

func TestACableDelaysEveryByteBothWays(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		c, err := echo.Accept()
		if err == nil {
			_, _ = io.Copy(c, c)
		}
	}()
	ctx, stop := context.WithCancel(t.Context())
	at, ended := make(chan string, 1), make(chan error, 1)
	const way = 20 * time.Millisecond
	go func() {
		ended <- delay(ctx, delaySpec{To: echo.Addr().String(), Way: way}, func(v any) error { at <- v.(string); return nil })
	}()
	c, err := net.Dial("tcp", <-at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		began := time.Now()
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 2*way {
			t.Errorf("there and back in %v, want at least %v", took, 2*way)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the cable ends with %v", err)
	}
}

func TestAPartThatIsUnknownOrHasNoTaskIsAnError(t *testing.T) {
	for name, in := range map[string]string{"nothing": "{}\n", "send": "", "delay": "[]\n"} {
		if err := Part(t.Context(), name, strings.NewReader(in), io.Discard); err == nil {
			t.Errorf("part %q with the task %q: no error", name, in)
		}
	}
}
